"""Secrets: none leaves the process, and no evidence is taken for one."""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import os
import re
import subprocess
import sys
import textwrap
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

import contexta
from contexta.base import secrets
from contexta.base.sequence import new_ulid
from contexta.testing import capture
from contexta_processor import connect

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALNUM = "abcdefghijABCDEFGHIJ0123456789klmnopqrstKLMNOPQRST"
HEX = "0123456789abcdef" * 4

# Assembled here, so that no scanner takes this file for a leak.
CREDENTIALS = {
    "aws": "AKIA" + UPPER[:16],
    "github": "ghp_" + ALNUM[:36],
    "github fine-grained": "github_pat_" + ALNUM[:30],
    "gitlab": "glpat-" + ALNUM[:20],
    "slack": "xoxb-" + "123456789012-" + ALNUM[:20],
    "slack app": "xapp-1-" + ALNUM[:30],
    "hugging face": "hf_" + ALNUM[:34],
    "openai": "sk-" + ALNUM[:48],
    "sk with words": "sk-proj-" + ALNUM[:24] + "_" + ALNUM[:20],
    "sk with version": "sk-ant-api03-" + ALNUM[:40],
    "stripe": "sk_live_" + ALNUM[:24],
    "wandb": "wandb_v1_" + ALNUM[:40],
    "wandb local": "local-" + HEX[:40],
    "google": "AIza" + ALNUM[:35],
    "google oauth": "ya29." + ALNUM[:40],
    "google client": "GOCSPX-" + ALNUM[:28],
    "jwt": "eyJ" + ALNUM[:20] + ".eyJ" + ALNUM[:30] + "." + ALNUM[:40],
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIE" + ALNUM + "\n-----END RSA PRIVATE KEY-----",
    "pem cut off": "-----BEGIN PRIVATE KEY-----\nMIIE" + ALNUM,
    "age": "AGE-SECRET-KEY-1" + "Q" * 58,
    "npm": "npm_" + ALNUM[:36],
    "pypi": "pypi-" + ALNUM + ALNUM,
    "digitalocean": "dop_v1_" + HEX[:64],
    "sendgrid": "SG." + ALNUM[:22] + "." + ALNUM[:43],
    "databricks": "dapi" + HEX[:32],
    "replicate": "r8_" + ALNUM[:37],
    "groq": "gsk_" + ALNUM[:40] + "abcdefgh",
    "vault": "hvs." + ALNUM[:24],
    "linear": "lin_api_" + ALNUM[:40],
    "telegram": "123456789:AA" + ALNUM[:33],
    "webhook": "whsec_" + ALNUM[:32],
}

# What is secret in what a person or a program wrote: (text, what must be gone, what must stay).
IN_PROSE = [
    ("login failed: password=hunter2 host=db", "hunter2", "host=db"),
    ("login failed for password: hunter2, user ann", "hunter2", "user ann"),
    ('{"user": "ann", "password": "hunter2"}', "hunter2", '"user": "ann"'),
    ("{'api_key': 'hunter2', 'retries': 3}", "hunter2", "'retries': 3"),
    ("client(api_key='hunter2', timeout=3)", "hunter2", "timeout=3"),
    ("401 with token=a1b2c3d4e5 at step 3", "a1b2c3d4e5", "at step 3"),
    ("train.py --db-password=hunter2 --lr=0.1", "hunter2", "--lr=0.1"),
    ("export WANDB_API_KEY=" + HEX[:40] + " && x", HEX[:40], "&& x"),
    ("cannot reach postgres://ann:hunter2@db/x: timed out", "hunter2", "timed out"),
]

# What such a text may say without being a secret.
PROSE = [
    "KeyError: 'token'",
    'expected token: "the", got "cat"',
    "unexpected token: comma",
    "    login(user, password=self.password, token=get_token())",
    "    def login(user: str, password: str, api_key: SecretStr) -> None:",
    "max_tokens=512, pad_token=0, tokenizer=bpe",
    "auth: basic, key: value",
    "set password=${DB_PASSWORD} or --api-key <key>",
    "step=3 loss=0.25 lr=1e-3 sha256=" + HEX,
]

# What is secret in a text that is not wholly so: (text, what must be gone, what must stay).
INSIDE = [
    ("postgres://ann:hunter2@db:5432/x", "hunter2", "db:5432/x"),
    ("https://user:p%40ss@host/path?a=1", "p%40ss", "host/path?a=1"),
    ("https://" + ALNUM[:30] + "@host/r.git", ALNUM[:30], "host/r.git"),
    ("https://h/x?api_key=abc123def&n=5", "abc123def", "n=5"),
    ("https://h/x?X-Amz-Signature=" + HEX + "&v=2", HEX, "v=2"),
    ("https://b.blob.example/x?sv=2&sig=abc%2Bdef", "abc%2Bdef", "sv=2"),
    ("Server=db;User=ann;Password=hunter2;Timeout=5", "hunter2", "Timeout=5"),
    ("AccountName=a;AccountKey=" + ALNUM + "==;Suffix=x", ALNUM, "Suffix=x"),
    ("Authorization: Bearer " + ALNUM, ALNUM, "Authorization"),
    ("https://hooks.slack.com/services/T0/B0/" + ALNUM[:24], ALNUM[:24], "hooks.slack.com"),
]

SECRET_NAMES = re.findall(
    r"\S+",
    """
password db_password PASSWORD passwd api_key apiKey OPENAI_API_KEY openai-api-key x.y.api_key secret clientSecret
aws_secret_access_key access_key private_key HF_TOKEN hf_token github.token auth_token authToken --token dsn SENTRY_DSN
credentials.value session_cookie Authorization bearer wandb_api_key CUDA_API_TOKEN
""",
)

OTHER_NAMES = re.findall(
    r"\S+",
    """
max_tokens max_new_tokens tokenizer tokenizer_name token_count pad_token eos_token bos_token_id n_tokens author
authors key keys key_dim num_key_value_heads primary_key sort_key random_state secretary password_file
api_key_env token_limit auth_enabled mask_token cls_token TOKENIZERS_PARALLELISM monkey sep_token passes
keyword compass
""",
)


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_credential_is_known_by_its_shape(kind):
    """Alone, and in the middle of a text; masking it twice changes nothing more."""
    credential = CREDENTIALS[kind]
    assert credential[-8:] not in secrets.without_secrets(credential)
    text = secrets.without_secrets(f'run with "{credential}" please')
    assert credential[:30] not in text
    assert text.startswith('run with "')
    secrets.take_tally()
    assert secrets.without_secrets(text) == text
    assert secrets.take_tally() == (0, 0)


@given(
    st.sampled_from(sorted(CREDENTIALS)),
    st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable()),
    st.floats(0, 1),
)
def test_a_credential_is_found_in_a_long_text(kind, filler, place):
    """Wherever it stands, whatever is around it: long texts are looked through by another way."""
    lines = [filler] * (6_000 // len(filler))
    lines.insert(int(place * len(lines)), f" {CREDENTIALS[kind]} ")
    text = "\n".join(lines)
    assert CREDENTIALS[kind][:30] not in secrets.without_secrets(text)
    assert CREDENTIALS[kind][:30] not in secrets.in_prose(text)


@pytest.mark.parametrize(("text", "gone", "stays"), [*INSIDE, *IN_PROSE])
def test_a_secret_is_masked_in_a_long_message(text, gone, stays):
    """Also where its name is long, and in letters that have no lower case of the same length."""
    message = "\n".join(["İstanbul: epoch 3, loss 0.25"] * 200 + [text] + ["at step 4"] * 200)
    masked = secrets.in_prose(message)
    assert gone not in masked
    assert stays in masked
    assert "hunter2" not in secrets.in_prose(f"{'settings.' * 15}db_password = 'hunter2'")


@pytest.mark.parametrize(("text", "gone", "stays"), INSIDE)
def test_only_the_secret_part_of_a_text_is_masked(text, gone, stays):
    """A URL keeps its host, a connection string its server."""
    masked = secrets.without_secrets(text)
    assert gone not in masked
    assert stays in masked
    assert "***" in masked


@pytest.mark.parametrize(("text", "gone", "stays"), [*INSIDE, *IN_PROSE])
def test_a_secret_is_masked_where_a_message_says_it(text, gone, stays):
    """The rest of the message stays, and masking it again changes nothing."""
    masked = secrets.in_prose(text)
    assert gone not in masked
    assert stays in masked
    assert secrets.in_prose(masked) == masked


@pytest.mark.parametrize("text", PROSE)
def test_source_code_and_talk_of_tokens_are_no_secrets(text):
    """A stack trace may be read."""
    assert secrets.in_prose(text) == text


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_what_is_called_a_secret_is_masked(name):
    """Whatever it looks like."""
    assert secrets.masked(name, "hunter2") == "***"


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_settings_with_similar_names_are_evidence(name):
    """max_tokens is not a token."""
    assert secrets.masked(name, "hunter2") == "hunter2"


innocent = (
    st.binary(min_size=16, max_size=64).map(bytes.hex)
    | st.binary(min_size=16, max_size=64).map(lambda raw: f"sha256:{raw.hex()}")
    | st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode())
    | st.uuids().map(str)
    | st.builds(new_ulid)
    | st.builds(lambda: f"artifact_{new_ulid()}")
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.from_regex(r"\A(/[a-z0-9_.-]{1,20}){1,6}\Z")
    | st.from_regex(r"\A[a-z]{2,12}(-[a-z]{2,12}){0,5}\Z")
    | st.from_regex(r"\As3://[a-z]{3,10}(/[a-z0-9_=-]{1,20}){1,5}\Z")
    | st.from_regex(r"\Ahttps://[a-z]{3,10}\.example(/[a-z0-9]{1,10}){0,3}\?page=[0-9]{1,5}\Z")
)


@given(innocent)
def test_digests_ids_paths_and_numbers_are_no_secrets(text):
    """What evidence is made of is never taken for a credential."""
    assert secrets.without_secrets(text) == text
    assert secrets.masked("checkpoint", text) == text
    assert secrets.in_prose(f"saved {text} to disk") == f"saved {text} to disk"


@given(st.text(), st.text())
def test_masking_never_fails_and_can_be_repeated(name, text):
    """Whatever the text."""
    once = secrets.masked(name, text)
    assert secrets.masked(name, once) == once
    prose = secrets.in_prose(f"{name}={text}")
    assert secrets.in_prose(prose) == prose


@dataclasses.dataclass
class Login:
    user: str = "ann"
    password: str = "hunter2"


def test_no_secret_of_a_configuration_is_sent(monkeypatch, tmp_path):
    """Configuration of any kind, environment variables, extra facts, URIs: masked, counted, said once."""
    monkeypatch.setenv("CUDA_API_TOKEN", "hunter2")
    monkeypatch.setenv("OMP_PLACES", f"x {CREDENTIALS['github']}")
    key = CREDENTIALS["openai"]
    secrets.take_tally()
    with capture() as evidence, contexta.run("p"):
        contexta.log_configuration(
            {
                "lr": 0.1,
                "max_tokens": 512,
                "db": {"password": "hunter2", "pin": 4},
                "url": "postgres://ann:hunter2@db/x",
                "list": ["a", f"--key={key}"],
                "logins": [{"api_key": "hunter2", "user": "ann"}],
                "credentials": {"a": "hunter2", "b": 12345},
            }
        )
        contexta.log_configuration(Login())
        contexta.log_configuration(argparse.Namespace(api_key="hunter2", epochs=3))
        contexta.log_environment({"note": key}, packages=False, variables=["OMP_PLACES"])
        contexta.log_artifact("s3://ann:hunter2@bucket/m?sig=hunter2", kind="model_bundle")
    sent = json.dumps([dataclasses.asdict(span) for span in evidence.all_spans])
    for secret in ("hunter2", "12345", key, CREDENTIALS["github"]):
        assert secret not in sent
    values = {
        k: v for e in evidence.events("contexta.configuration") for k, v in e.attributes.items()
    }
    assert values["contexta.config.lr"] == 0.1
    assert values["contexta.config.max_tokens"] == 512
    assert values["contexta.config.db.password"] == "***"
    assert values["contexta.config.db.pin"] == 4
    assert values["contexta.config.url"] == "postgres://ann:***@db/x"
    assert values["contexta.config.epochs"] == 3
    first, rest = evidence.events("contexta.degraded")
    for marker in (first, rest):
        assert marker["contexta.degraded.reason"] == "values_masked"
        assert marker["contexta.degraded.severity"] == "info"
        assert marker["contexta.degraded.category"] == "redaction"
    both = (marker["contexta.degraded.observed_count"] for marker in (first, rest))
    assert sum(both) == sent.count("***")


def test_no_secret_of_an_exception_or_event_is_sent():
    """Messages, stack traces, attributes of events, samples, operations, artifacts, tags, markers."""
    key, token = CREDENTIALS["openai"], CREDENTIALS["github"]

    def job() -> None:
        """Says it in every way there is."""
        contexta.log_event(
            "login",
            {"url": "postgres://ann:hunter2@db/x", "api_key": "hunter2", "tried": [f"a {key}"]},
        )
        contexta.log_event("decoded", {"token": "the", "nested": {"password": "hunter2"}})
        contexta.log_sample("s", attributes={"header": f"Bearer {key}"}, input_summary="as it is")
        contexta.log_artifact("s3://b/m", kind="model_bundle", attributes={"made by": token})
        contexta.log_degraded("refused", detail=f"with {key}", remedy="not password=hunter2")
        contexta.log_relation("trained_on", "a", "b", evidence=f"header {token}")
        with contexta.operation("call", attributes={"authorization": f"Bearer {key}"}):
            raise ConnectionError(f"password=hunter2 refused, key {key}")

    tags = {"note": f"by {token}", "password": "hunter2"}
    with capture() as evidence, pytest.raises(ConnectionError), contexta.run("p", tags=tags):
        job()
    sent = json.dumps([dataclasses.asdict(span) for span in evidence.all_spans])
    for secret in ("hunter2", key, token):
        assert secret not in sent
    (error,) = evidence.events("exception")
    assert error["exception.message"] == "password=*** refused, key ***"
    assert "in job" in str(error["exception.stacktrace"])
    (decoded,) = evidence.events("decoded")
    assert decoded["token"] == "the"
    reasons = [m["contexta.degraded.reason"] for m in evidence.events("contexta.degraded")]
    assert reasons.count("values_masked") == 2


def test_a_killed_run_has_said_that_something_was_masked(tmp_path):
    """The marker does not wait for the end of the run."""
    script = """
        import os, contexta
        with contexta.run("p", id="killed", environment=False):
            contexta.log_configuration({"api_key": "hunter2"})
            contexta.flush(60)
            os.kill(os.getpid(), 9)
    """
    env = {**os.environ, "CONTEXTA_ENDPOINT": f"file:{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=env, check=False)
    assert done.returncode == -9
    query = "SELECT observed_count FROM degraded_markers WHERE reason = 'values_masked'"
    assert connect(tmp_path).sql(query).to_dict() == [{"observed_count": 1}]


def test_a_run_without_secrets_has_no_marker():
    """Nothing masked, nothing said."""
    with capture() as evidence, contexta.run("p"):
        contexta.log_configuration({"tokenizer": "bpe", "revision": uuid.uuid4().hex})
    assert evidence.events("contexta.degraded") == []


def test_a_users_hook_redacts_sample_texts():
    """configure(redact=…) sees the three summaries; what it changed is marked, what it left is not."""
    with capture(redact=lambda text: text.replace("Ann", "[name]")) as evidence, contexta.run("p"):
        contexta.log_sample("s1", input_summary="Ann asks", output_summary="yes")
        contexta.log_sample("s2", input_summary="who asks", expected_summary="no")
        with contexta.sample("s3") as sample:
            sample.describe(output_summary="for Ann")
    first, second = evidence.events("contexta.sample")
    assert first["contexta.sample.input_summary"] == "[name] asks"
    assert first["contexta.sample.redacted"] is True
    assert "contexta.sample.redacted" not in second.attributes
    (third,) = evidence.spans("sample")
    assert third["contexta.sample.output_summary"] == "for [name]"


def test_a_hook_that_fails_costs_the_text_never_the_sample():
    """The text is dropped, the sample is kept and marked, and the run says so."""

    def broken(text: str) -> str:
        raise RuntimeError(text)

    with capture(redact=broken) as evidence, contexta.run("p"):
        contexta.log_sample("s1", scores={"f1": 0.5}, input_summary="Ann asks")
    (sample,) = evidence.events("contexta.sample")
    assert "contexta.sample.input_summary" not in sample.attributes
    assert sample["contexta.sample.redacted"] is True
    assert sample["contexta.sample.score.f1"] == 0.5
    (marker,) = evidence.events("contexta.degraded")
    assert marker["contexta.degraded.reason"] == "redaction_failed"
    assert "Ann" not in str(evidence.all_spans)
