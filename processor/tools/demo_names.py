"""Who and what the demo's story is about: names that its parts share."""

PROJECT = "rag-support-bot"
TRAIN, BEFORE, AFTER = (
    "run_2026_05_03_train_021",
    "run_2026_04_27_eval_009",
    "run_2026_05_03_eval_014",
)
MODEL, OLD_MODEL = "artifact_model_bundle_v17", "artifact_model_bundle_v16"
REPORT, DEPLOYED = "artifact_eval_report_v17", "deployment_2026_05_04_prod"
PACKAGES = {"torch": "2.4.1", "transformers": "4.45.2", "tokenizers": "0.20.1"}
SLICES = ("refund_questions", "account_questions", "escalation", "product_questions")
PER_SLICE = 30

FAITHFULNESS = {
    BEFORE: dict(zip(SLICES, (0.83, 0.86, 0.79, 0.88), strict=True)),
    AFTER: dict(zip(SLICES, (0.72, 0.84, 0.77, 0.862), strict=True)),
}
"""Means over a slice, exact to three digits; everything else is computed from the samples."""

QUESTIONS = {
    "refund_questions": "User asks whether a partially used annual plan can be refunded.",
    "account_questions": "User asks how to move an account to another e-mail address.",
    "escalation": "User asks for a person after two answers that did not help.",
    "product_questions": "User asks which plan includes single sign-on.",
}
