"""Distances, layers and approaches, compared with all ways of small automata written down one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

import pytest

from guardc.compiler.regex import CharSet
from guardc.compiler.regex.automaton import ACCEPT, Automaton, Edge, Position
from guardc.compiler.regex.ways import Approach, Ways


def automaton(follow: list[list[int]], accepts: list[set[int]], start: list[int]) -> Automaton:
    """An automaton of which only the ways matter."""
    return Automaton(
        classes=tuple(CharSet.of([number]) for number in range(4)),
        final_newline=None,
        start=tuple(Edge(target, 0) for target in start),
        positions=tuple(
            Position(frozenset(own), tuple(Edge(target, 0) for target in targets))
            for own, targets in zip(accepts, follow, strict=True)
        ),
        before=(0,) * 5,
        after=(0,) * 5,
        truth=((0,),),
        min_length=1,
        max_length=None,
    )


def random_automaton(rng: random.Random) -> tuple[Automaton, list[int]]:
    """Each position reaches ACCEPT, as in every automaton; some have loops, many have none."""
    size = rng.randint(1, 5)
    onwards = rng.random() < 0.5
    follow = []
    for position in range(size):
        targets = [
            target for target in range(position + 1 if onwards else 0, size) if rng.random() < rng.choice([0.2, 0.4])
        ]
        if position == size - 1 or rng.random() < 0.2:
            targets.append(ACCEPT)
        elif not targets or not any(target > position for target in targets):
            targets.append(rng.randint(position + 1, size - 1))
        # An edge may stand twice, with other conditions.
        follow.append([*targets, *targets[:1]])
    accepts = [{rng.randrange(4) for _ in range(rng.randint(1, 2))} for _ in range(size)]
    start = rng.sample(range(size), rng.randint(1, min(2, size)))
    return automaton(follow, accepts, start), start


def ways_of(made: Automaton, start: list[int], most: int) -> Iterator[list[int]]:
    """All ways of up to `most` positions that end in ACCEPT."""
    waiting = [[position] for position in start]
    while waiting:
        way = waiting.pop()
        for target in {edge.target for edge in made.positions[way[-1]].follow}:
            if target == ACCEPT:
                yield way
            elif len(way) < most:
                waiting.append([*way, target])


def ways_to(made: Automaton, start: list[int], place: int) -> Iterator[list[int]]:
    """What stands before the first pass of `place`, on all ways that are short enough to go round each loop once."""
    waiting: list[list[int]] = [[position] for position in start]
    while waiting:
        way = waiting.pop()
        if way[-1] == place:
            yield way[:-1]
        elif len(way) <= 2 * len(made.positions):
            targets = {edge.target for edge in made.positions[way[-1]].follow} - {ACCEPT}
            waiting += [[*way, target] for target in targets]


def approach_of(made: Automaton, start: list[int], place: int) -> Approach | None:
    """As `Ways.approach` says it, from the ways one by one; None if no way passes the place."""
    ways = list(ways_to(made, start, place))
    if not ways:
        return None
    loops = any(len(set(way)) < len(way) for way in ways)
    classes = {number for way in ways for position in way for number in made.positions[position].accepts}
    distances = list(map(len, ways))
    return Approach(min(distances), None if loops else max(distances), sum(1 << number for number in classes))


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_approaches_of_random_automata(first: int) -> None:
    bounded = 0
    for seed in range(first, first + 50):
        made, start = random_automaton(random.Random(seed))
        ways = Ways(made)
        for place in range(len(made.positions)):
            wanted = approach_of(made, start, place)
            if wanted is not None:
                assert ways.approach(place, start) == wanted, (seed, place, made.positions, start)
                bounded += wanted.most is not None and wanted.most > 0
    assert bounded > 20


@pytest.mark.parametrize("seed", range(100))
def test_layers_and_distances_of_random_automata(seed: int) -> None:
    made, start = random_automaton(random.Random(seed))
    ways = Ways(made)
    size = len(made.positions)
    all_ways = list(ways_of(made, start, size + 3))
    distances = ways.distances(start)
    for place in range(size):
        reached = [way.index(place) for way in all_ways if place in way]
        assert distances[place] == (min(reached) if reached else 0)
    layers = list(islice(ways.layers(start), size + 3))
    shortest = min(map(len, all_ways))
    assert len(layers) <= shortest
    for distance, layer in enumerate(layers):
        # Ways that go on for longer than were written down pass a layer too.
        assert layer >= {way[distance] for way in all_ways}
        assert layer == {target for source in layers[distance - 1] for target in ways.follow[source]} or distance == 0
    assert ways.edges == sum(map(len, ways.follow))


def test_the_example_of_the_module() -> None:
    # `ab?cd`
    made = automaton([[1, 2], [2], [3], [ACCEPT]], [{0}, {1}, {2}, {3}], [0])
    assert Ways(made).approach(2, [0]) == Approach(1, 2, 0b11)


def test_a_loop_behind_the_place_is_no_loop_on_the_way() -> None:
    # `ab(?:cab)*`: `b` is passed again and again, but for the first time after one character.
    made = automaton([[1], [2, ACCEPT], [0]], [{0}, {1}, {2}], [0])
    assert Ways(made).approach(1, [0]) == Approach(1, 1, 0b1)


def test_a_loop_that_never_leads_to_the_place_does_not_count() -> None:
    # `a+c|b`
    made = automaton([[0, 1], [ACCEPT], [ACCEPT]], [{0}, {2}, {1}], [0, 2])
    assert Ways(made).approach(2, [0, 2]) == Approach(0, 0, 0)
    assert Ways(made).approach(1, [0, 2]) == Approach(1, None, 0b1)
