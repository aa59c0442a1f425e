"""Which passwords are good enough, and how they are kept."""

from __future__ import annotations

import argon2
import pytest

from shop.accounts.errors import WeakPassword
from shop.accounts.passwords import hash_password, is_outdated, judge_password, verify_password
from tests.kept.passwords import hashed_as_in_the_shop


@pytest.mark.parametrize(
    "good", ["mossy-gate", "correct horse battery staple", "雾里看茶山一路向西", "x9!" * 21]
)
def test_a_good_password_is_taken(good):
    judge_password(good, staff=False)


@pytest.mark.parametrize(
    "weak",
    ["short", "12345678", "password", "Password1", "P@ssw0rd!" if False else "iloveyou", "qwertyuiop", "aaaaaaaa",
     "FirstSecretary1", "扶贫超市-2026-88", "villageshop!!", "lin.hua 2026", "demo-password"],
)  # fmt: skip
def test_a_weak_password_is_refused(weak):
    with pytest.raises(WeakPassword):
        judge_password(weak, staff=False, personal=("lin.hua@example.com", "林 花"))


def test_staff_need_twelve_characters():
    with pytest.raises(WeakPassword) as refused:
        judge_password("mossy-gate", staff=True)
    assert refused.value.facts == {"count": 12}
    judge_password("mossy-gate-9", staff=True)


def test_the_demo_password_is_good_in_the_demo():
    judge_password("demo-password", staff=True, demo=True)


@hashed_as_in_the_shop()
def test_the_hash_is_argon2id_of_the_demanded_cost():
    parameters = argon2.extract_parameters(hash_password("mossy-gate"))
    assert parameters.type is argon2.Type.ID
    assert (parameters.memory_cost >= 19 * 1024, parameters.time_cost, parameters.parallelism) == (True, 2, 1)


def test_long_passwords_are_not_cut():
    long = "雾" * 200
    kept = hash_password(long + "a")
    assert verify_password(long + "a", kept)
    assert not verify_password(long + "b", kept)


def test_the_same_letters_from_another_keyboard_are_the_same_password():
    assert verify_password("ｍｏｓｓｙ-gate", hash_password("mossy-gate"))


def test_nothing_matches_where_there_is_no_hash():
    assert not verify_password("nobody has this password", None)
    assert not verify_password("x", "not a hash")


@hashed_as_in_the_shop()
def test_a_cheaper_hash_is_made_anew():
    assert is_outdated(argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not is_outdated(hash_password("x"))
