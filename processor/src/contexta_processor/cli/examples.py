"""One line to try for each command, shown at the end of its `--help` and on docs/commands.md; tests type every one."""

from typing import Final

EXAMPLES: Final[dict[str, str]] = {
    "serve": "contexta serve --data ./evidence",
    "demo": "contexta demo && contexta runs --data .contexta-demo",
    "runs": "contexta runs --project rag-support-bot --type evaluation -n 5",
    "show": "contexta show latest",
    "records": "contexta records latest --type degraded_marker",
    "samples": "contexta samples latest --failed --slice refund_questions",
    "artifacts": "contexta artifacts latest",
    "artifacts verify": "contexta artifacts verify latest --root .",
    "environment": "contexta environment latest",
    "lineage": "contexta lineage artifact_model_bundle_v17 --up",
    "quarantine": 'contexta quarantine dataset_support_eval_2026_04 --reason "labels are swapped"',
    "release": 'contexta release dataset_support_eval_2026_04 --reason "labels were mended"',
    "deployments": "contexta deployments --environment production --at 2026-05-05",
    "compare": "contexta compare run_2026_04_27_eval_009 run_2026_05_03_eval_014 --margin accuracy=0.01",
    "diagnose": "contexta diagnose latest --fail-on error",
    "trend": "contexta trend faithfulness --scope run",
    "sql": "contexta sql 'SELECT name, avg(value) FROM metrics WHERE slice = $s GROUP BY name' --param s=refund_questions",
    "import": "contexta import traces.jsonl logs.jsonl.gz",
    "export": "contexta export latest --out run.jsonl",
    "doctor": "contexta doctor --data ./evidence",
}
"""Command → a command line, as typed in a shell."""


def epilog(command: str) -> str:
    """The end of a command's help: its example, unbroken however narrow the terminal."""
    return f"\b\nExample:\n  {EXAMPLES[command]}" if command in EXAMPLES else ""
