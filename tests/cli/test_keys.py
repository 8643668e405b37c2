"""Keys: made once, readable by their owner alone, and read by openssl."""

import json
import os
import stat
import subprocess

import pytest
from spoiled import mrv


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "passphrase.txt"
    file.write_text("mangrove\n", encoding="utf-8")
    return file


def test_a_key_is_for_its_owner_alone_and_never_replaced(tmp_path):
    key = tmp_path / "key.pem"
    previous = os.umask(0)
    try:
        assert mrv("key", "new", key).exit_code == 0
    finally:
        os.umask(previous)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    again = mrv("key", "new", key)
    assert (again.exit_code, "no key is ever replaced" in again.stderr) == (2, True)
    assert key.read_bytes() == before
    assert mrv("key", "new", tmp_path / "none" / "key.pem").exit_code == 2


def test_openssl_reads_the_key_and_gives_the_same_public_key(tmp_path):
    key = tmp_path / "key.pem"
    mrv("key", "new", key)
    told = json.loads(mrv("key", "show", key, "--json").stdout)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, check=True)
    assert public.stdout.decode() == told["public_key"]
    der = subprocess.run(
        ["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], capture_output=True, check=True
    )
    import hashlib

    assert told["fingerprint"] == hashlib.sha256(der.stdout).hexdigest()
    (tmp_path / "public.pem").write_text(told["public_key"], encoding="utf-8")
    assert json.loads(mrv("key", "show", tmp_path / "public.pem", "--json").stdout) == told


def test_a_passphrase_is_asked_for(tmp_path, secret):
    key = tmp_path / "key.pem"
    assert mrv("key", "new", key, "--passphrase-file", secret).exit_code == 0
    assert b"ENCRYPTED" in key.read_bytes()
    assert mrv("key", "show", key, "--passphrase-file", secret).exit_code == 0
    secret.write_text("wrong\n", encoding="utf-8")
    wrong = mrv("key", "show", key, "--passphrase-file", secret)
    assert (wrong.exit_code, "the passphrase is wrong" in wrong.stderr) == (2, True)
    secret.write_text("\n", encoding="utf-8")
    assert mrv("key", "show", key, "--passphrase-file", secret).exit_code == 2


def test_a_passphrase_is_typed_twice(tmp_path):
    from click.testing import CliRunner

    from mrv.cli import main

    key = tmp_path / "key.pem"
    made = CliRunner().invoke(main, ["key", "new", str(key), "--passphrase"], input="pass\npass\n")
    assert made.exit_code == 0, made.output
    shown = CliRunner().invoke(main, ["key", "show", str(key)], input="pass\n")
    assert "BEGIN PUBLIC KEY" in shown.stdout


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    key = tmp_path / "key.pem"
    mrv("key", "new", key)
    key.chmod(mode)
    result = mrv("key", "show", key)
    assert (result.exit_code, "other users can read this private key" in result.stderr) == (2, True)


def test_what_is_no_key_is_refused(tmp_path):
    def shown(name: str, content: bytes) -> str:
        file = tmp_path / name
        file.write_bytes(content)
        file.chmod(0o600)
        result = mrv("key", "show", file)
        assert result.exit_code == 2, result.output
        return result.stderr

    rsa = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
    assert "is a key of another kind" in shown("rsa.pem", rsa)
    assert "holds no public key" in shown("text.pem", b"hello")
    assert "holds no private key" in shown("cut.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n")
    assert "is too large for a key" in shown("large.pem", b"x" * 20_000)
    assert mrv("key", "show", tmp_path / "none.pem").exit_code == 2
