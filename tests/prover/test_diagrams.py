"""Diagrams have one form, whatever their nodes are called and in whatever order factors stand."""

import random

import pytest

from derivcheck.prover.diagrams import DELTA, Forms, order

A, B, S, U, L = 1, 2, 3, 4, 5
ARITY = {A: 2, B: 2, S: 2, U: 1, L: 0}


def same_form(forms, left, right):
    return forms.form(left) == forms.form(right)


def scrambled(source, parts, symmetric):
    bound = sorted({n for part in parts for n in part[1:] if n >= 0})
    names = dict(zip(bound, source.sample(range(100), len(bound)), strict=True))
    result = []
    for letter, *ends in parts:
        renamed = [names.get(n, n) for n in ends]
        if letter in symmetric and source.random() < 0.5:
            renamed.reverse()
        result.append((letter, *renamed))
    source.shuffle(result)
    return tuple(result)


def random_diagram(source):
    parts = []
    ends = []
    for _ in range(source.randint(1, 6)):
        letter = source.choice([A, B, S, U, L])
        parts.append([letter])
        ends += [len(parts) - 1] * ARITY[letter]
    for free in range(source.randint(0, min(2, len(ends)))):
        parts[ends.pop(source.randrange(len(ends)))].append(-1 - free)
    node = 0
    while ends:
        for _ in range(source.choice([1, 2, 2, 2, 3])):
            if ends:
                parts[ends.pop(source.randrange(len(ends)))].append(node)
        node += 1
    return tuple(tuple(part) for part in parts)


@pytest.mark.parametrize("seed", range(200))
def test_the_form_does_not_depend_on_names_and_order(seed):
    source = random.Random(seed)
    symmetric = {S, DELTA}
    forms = Forms(symmetric)
    parts = random_diagram(source)
    assert same_form(forms, parts, scrambled(source, parts, symmetric))
    assert forms.form(forms.form(parts)) == forms.form(parts)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (((A, -1, 0), (B, 0, -2)), ((A, -1, 0), (B, -2, 0))),  # A B, A Bᵀ
        (((A, -1, -2),), ((A, -2, -1),)),  # A, Aᵀ
        (((A, 0, 0),), ((A, 0, 1),)),  # tr A, 1ᵀ A 1
        (((A, 0, 1), (A, 1, 0)), ((A, 0, 1), (A, 0, 1))),  # tr A A, tr A Aᵀ
        (((U, 0), (U, 0)), ((U, 0), (U, 1))),
        (((A, -1, 0), (A, 0, -2)), ((A, -1, -2), (A, 0, 0))),
        # traces of words that agree for 2 x 2 matrices
        (
            ((A, 0, 1), (A, 1, 2), (B, 2, 3), (A, 3, 4), (B, 4, 5), (B, 5, 0)),
            ((A, 0, 1), (A, 1, 2), (B, 2, 3), (B, 3, 4), (A, 4, 5), (B, 5, 0)),
        ),
    ],
)
def test_different_diagrams_have_different_forms(left, right):
    assert not same_form(Forms({S, DELTA}), left, right)


def test_a_symmetric_letter_is_met_from_either_end():
    plain, symmetric = Forms(set()), Forms({S})
    there, back = ((S, 0, 1), (A, 1, 0)), ((S, 1, 0), (A, 1, 0))
    assert not same_form(plain, there, back)
    assert same_form(symmetric, there, back)


def test_the_names_that_a_form_gives_lead_to_it():
    forms = Forms({S})
    parts = ((A, 7, -1), (S, 3, 7), (B, 3, -2))
    form, names = forms.form_and_nodes(parts)
    renamed = {(letter, *sorted(map(order, (names[n] for n in ends)))) for letter, *ends in parts}
    assert renamed == {(letter, *sorted(map(order, ends))) for letter, *ends in form}
