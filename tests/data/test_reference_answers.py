"""What canned queries answer from references and crosswalks, and that source answers stay as they are."""

from __future__ import annotations

import pytest

from gfmd_kg.catalogue.model import Answer


def _ask(service, name: str, **given: str | list[str]) -> Answer:
    values = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
    return service.catalogue.ask(name, values)


def _slugs(answer: Answer, *columns: str) -> list[tuple[str, ...]]:
    def word(cell):
        return cell.item.iri.partition("/id/")[2].partition("/")[2] if cell.item else cell.value or ""

    return [tuple(word(row.cells[column]) for column in columns) for row in answer.rows]


def test_which_mechanisms_include_kenya_today_and_on_what_authority(service):
    answer = _ask(service, "mechanisms-of-state", state="ken", basis="all", as_of="2026-11-21")
    assert _slugs(answer, "mechanism", "role", "through") == [
        ("au-hoai", "participant", ""),
        ("igad-rcp", "participant", "igad"),
        ("khartoum-process", "member", ""),
        ("khartoum-process", "participant", ""),
        ("midcom", "member", ""),
    ]
    assert all(row.sources for row in answer.rows)
    assert "Kampala Post" in " ".join(source.locator or "" for source in answer.sources)


def test_which_forums_two_states_share(service):
    assert _slugs(_ask(service, "shared-mechanisms", state=["mar", "deu"], basis="all"), "mechanism") == [
        ("rabat-process",)
    ]
    assert _slugs(_ask(service, "shared-mechanisms", state=["mar", "deu"]), "mechanism") == []


def test_a_group_is_expanded_to_its_members_of_the_day(service):
    """ASEM in 2008: the 27 states that the European Union had then; no Croatia, and the United Kingdom."""
    through = {
        state
        for state, group in _slugs(
            _ask(service, "members-of", mechanism="asem", basis="all", as_of="2008"), "state", "through"
        )
        if group == "eu"
    }
    assert len(through) == 27
    assert "gbr" in through and "hrv" not in through


@pytest.mark.parametrize(
    ("day", "absent"),
    [
        ("2024-01-19", set()),
        ("2024-06", {"sdn"}),
        ("2025", {"sdn"}),
        ("2026-03-01", {"eri"}),
        ("2020", {"eri"}),
    ],
)
def test_a_state_is_no_member_through_a_group_while_it_is_suspended_there(service, day, absent):
    """Sudan's seat in IGAD was suspended from 2024-01-20 to 2026-02-09, Eritrea's from 2007 to 2023-06-12;
    Eritrea left in December 2025."""
    states = {"dji", "eri", "eth", "ken", "sdn", "som", "ssd", "uga"}
    answer = _ask(service, "members-of", mechanism="igad-rcp", basis="all", as_of=day)
    through = {state for state, group in _slugs(answer, "state", "through") if group == "igad"}
    assert through == states - absent
    for state in ("eri", "sdn"):
        found = _slugs(_ask(service, "mechanisms-of-state", state=state, basis="all", as_of=day), "mechanism")
        assert (("igad-rcp",) in found) == (state not in absent)


def test_the_sources_alone_expand_nothing(service):
    answer = _ask(service, "members-of", mechanism="abu-dhabi-dialogue")
    assert len(answer.rows) == 15
    assert {source.basis for source in answer.sources} == {"source"}
    assert {group for (group,) in _slugs(answer, "through")} == {""}


@pytest.mark.parametrize(("day", "rows"), [("2012", 0), ("2014-11-28", 37), ("2026-11-21", 77)])
def test_only_what_a_source_of_that_day_or_before_says_counts(service, day, rows):
    """37 signatories of 2014; later also the 40 members named in 2024."""
    answer = _ask(service, "members-of", mechanism="khartoum-process", basis="reference", as_of=day)
    assert len(answer.rows) == rows


def test_rival_founding_years_both_stay(service):
    answer = _ask(
        service,
        "evidence",
        subject="mechanism/budapest-process",
        property="foundedYear",
        basis="reference",
    )
    assert [row.cells["statement"].value for row in answer.rows] == [
        "mechanism/budapest-process foundedYear 1991",
        "mechanism/budapest-process foundedYear 1993",
    ]
    disagreeing = _ask(service, "disagreements", basis="reference")
    assert ("budapest-process",) in _slugs(disagreeing, "subject")


def test_which_mechanisms_touch_objective_10(service):
    answer = _ask(service, "coverage-by-objective", objective="10")
    covered = {mechanism for mechanism, how in _slugs(answer, "mechanism", "coverage") if how == "covered"}
    listed = {
        mechanism
        for (mechanism,) in _slugs(_ask(service, "mechanisms-by-area", area="anti-trafficking"), "mechanism")
    }
    assert covered == listed
    assert {how for (how,) in _slugs(answer, "coverage")} == {"covered", "not listed"}


def test_an_objective_that_no_area_is_matched_to_is_not_known(service):
    assert {how for (how,) in _slugs(_ask(service, "coverage-by-objective", objective="4"), "coverage")} == {
        "not known"
    }


def test_a_crosswalk_reads_both_ways(service):
    forward = _slugs(_ask(service, "crosswalk", **{"from": "element/l", "to": "objective"}), "match", "to")
    backward = _slugs(_ask(service, "crosswalk", **{"from": "objective/10", "to": "element"}), "match", "to")
    assert ("broad", "10") in forward
    assert ("narrow", "l") in backward
