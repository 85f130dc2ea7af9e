"""What the report says, read a second time without looking at the data, against what the queries answer.

Line numbers are those of the text edition. A wrong answer here is a wrong fact, not a change of taste.
"""

from __future__ import annotations

from collections import Counter

import pytest

LINES = {
    624: ("environment-and-climate-change", "drivers", "midcas rcm"),
    625: ("emergency-preparedness", "drivers", "almaty-process fibemyd"),
    633: (
        "migration-and-development",
        "contributions",
        "5-plus-5-dialogue almaty-process arcp budapest-process midcom fibemyd igad-rcp midcas midsa mtm "
        "prague-process rcm rabat-process sacm gfmd idm",
    ),
    634: ("remittances", "contributions", "acp-eu-dialogue colombo-process eu-lac-dialogue fibemyd midwa"),
    637: (
        "labour-migration",
        "regular-pathways",
        "5-plus-5-dialogue acp-eu-dialogue abu-dhabi-dialogue afml almaty-process arcp asem-conference "
        "asia-eu-dialogue budapest-process colombo-process midcom eu-lac-dialogue fibemyd midcas midsa midwa "
        "prague-process rabat-process pidc eappma",
    ),
    638: (
        "return-and-reintegration",
        "regular-pathways",
        "acp-eu-dialogue eu-lac-dialogue midcas midsa midwa prague-process rcm rabat-process",
    ),
    639: (
        "irregular-and-mixed-migration",
        "regular-pathways",
        "5-plus-5-dialogue almaty-process arcp asem-conference midcom eu-lac-dialogue igc khartoum-process "
        "midcas midsa mtm pan-african-forum prague-process rabat-process",
    ),
    642: (
        "migrants-rights",
        "human-rights",
        "acp-eu-dialogue afml almaty-process arcp colombo-process midcom fibemyd midsa rcm rabat-process "
        "sacm eappma",
    ),
    643: (
        "integration",
        "human-rights",
        "5-plus-5-dialogue almaty-process arcp budapest-process igc midcas rcm rabat-process sacm",
    ),
    644: ("education", "human-rights", "asia-eu-dialogue asem-conference"),
    645: (
        "asylum-and-refugees",
        "human-rights",
        "almaty-process acp-eu-dialogue arcp budapest-process igc rcm rabat-process pidc eappma",
    ),
    646: ("health", "human-rights", "5-plus-5-dialogue colombo-process midcom midcas midsa rcm"),
    649: (
        "migration-policies",
        "governance",
        "almaty-process arcp midcom fibemyd igad-rcp pan-african-forum rcm rabat-process pidc",
    ),
    650: ("partnerships", "governance", "almaty-process rcm"),
    651: ("data", "governance", "5-plus-5-dialogue arcp midcom eu-lac-dialogue igc midcas midwa sacm"),
    652: (
        "border-management",
        "governance",
        "acp-eu-dialogue eu-lac-dialogue igc midsa pan-african-forum rcm rabat-process pidc eappma",
    ),
    655: (
        "anti-trafficking",
        "trafficking-and-smuggling",
        "acp-eu-dialogue afml almaty-process asem-conference asia-eu-dialogue bali-process budapest-process "
        "midcom eu-lac-dialogue khartoum-process midwa rabat-process sacm pidc eappma",
    ),
}
"""Annex 4, Appendix 2: line, then area, theme and mechanisms of the row."""

CATEGORIES = {
    "global-process": "gfmd idm un-high-level-dialogue",
    "interregional-forum": "5-plus-5-dialogue acp-eu-dialogue abu-dhabi-dialogue igc khartoum-process "
    "pan-african-forum rabat-process",
    "rcp": "almaty-process arcp budapest-process colombo-process eappma igad-rcp midcas midcom midsa midwa "
    "prague-process rcm",
}
"""Lines 107, 310, 1101, 1103 and the tables of respondents at 1202, 1339, 1471 and 1611-1614."""

RESPONDENTS = {
    ("africa", True): "igad-rcp midcas midsa midwa midcom 5-plus-5-dialogue acp-eu-dialogue khartoum-process "
    "pan-african-forum rabat-process eac",
    ("africa", False): "uneca",
    ("americas", True): "rcm acp-eu-dialogue igc mercosur eclac",
    ("americas", False): "caribbean-migration-consultations sacm",
    ("asia-pacific-middle-east", True): "arcp colombo-process 5-plus-5-dialogue abu-dhabi-dialogue "
    "acp-eu-dialogue rabat-process escwa escap",
    ("asia-pacific-middle-east", False): "bali-process gcc cdip",
    (
        "europe",
        True,
    ): "almaty-process budapest-process eappma prague-process 5-plus-5-dialogue acp-eu-dialogue igc "
    "khartoum-process rabat-process eurasian-economic-commission unece",
    ("global", True): "gfmd",
}

ELEMENTS = {
    "human-rights": "i o u",
    "regular-pathways": "m q w p",
    "governance": "e f j s v x r",
    "contributions": "a d h t",
    "drivers": "c n b g",
    "trafficking-and-smuggling": "k l",
}
"""Annex 4, Appendix 1, lines 570-604."""

RECURRENT = {
    "africa": "i m q f j v d h t c n b k l",
    "americas": "h c n b",
    "asia-pacific-middle-east": "i q w e f r a d h t c n b k l",
    "europe": "i o u q e f r s x a d h t c n b k l",
}
"""Annex 9: transregional summary (lines 1117-1144) and the regions' own lists, together."""

COUNTS = {
    "africa": "6 6 7 3 3 5",
    "americas": "1 1 1 2 2 1",
    "asia-pacific-middle-east": "3 3 5 3 2 3",
    "europe": "4 3 3 2 2 2",
}
"""Entities per theme, in the order of Annex 2."""

ENTRIES = {
    "global": (0, 5, 6, 0, 0, 3, 1, 0),
    "africa": (3, 17, 2, 3, 1, 3, 2, 6),
    "americas": (5, 6, 1, 2, 8, 11, 2, 3),
    "asia-pacific-middle-east": (1, 11, 5, 3, 5, 4, 4, 5),
    "europe": (3, 4, 4, 1, 4, 2, 3, 6),
}
"""Printed entries: innovative solutions, then the seven types in the order of the vocabulary."""
TYPES = (
    "laws-and-policies",
    "projects",
    "capacity-building",
    "manuals-and-guidance",
    "structures",
    "research-and-data",
    "dialogue-and-cooperation",
)


def _slug(cell) -> str | None:
    return cell.item.iri.rpartition("/")[2] if cell.item else None


def _rows(service, query: str, **given: str):
    words = {name: [value] for name, value in given.items()}
    answer = service.catalogue.ask(query, {"document": ["grcp7-2017"], **words})
    return [
        ({name: _slug(cell) if cell.item else cell.value for name, cell in row.cells.items()}, row, answer)
        for row in answer.rows
    ]


def test_the_matrix_is_complete_and_in_order(service):
    found: dict[str, list[str]] = {}
    for cells, _, _ in _rows(service, "coverage-matrix"):
        found.setdefault(cells["area"], []).append(cells["mechanism"])
    assert {area: sorted(names) for area, names in found.items()} == {
        area: sorted(names.split()) for area, _, names in LINES.values()
    }
    assert sum(len(names) for names in found.values()) == 148


@pytest.mark.parametrize("line", LINES)
def test_each_cell_of_the_matrix_rests_on_its_line(service, line: int):
    area, theme, names = LINES[line]
    for cells, row, answer in _rows(service, "mechanisms-by-area", area=area):
        assert cells["mechanism"] in names.split()
        assert line in {answer.sources[number].first_line for number in row.sources}
    for cells, _, _ in _rows(service, "areas-by-mechanism", mechanism=names.split()[0]):
        if cells["area"] == area:
            assert cells["theme"] == theme


def test_categories_are_those_that_the_report_states(service):
    found: dict[str, set[str]] = {}
    for cells, _, _ in _rows(service, "mechanisms"):
        found.setdefault(cells["category"] or "", set()).add(cells["mechanism"])
    assert {name: found[name] for name in CATEGORIES} == {
        name: set(slugs.split()) for name, slugs in CATEGORIES.items()
    }
    stated = set.union(*(found[name] for name in CATEGORIES))
    assert {"bali-process", "sacm", "pidc", "cdip", "mtm", "afml"} <= found[""]
    assert not stated & found[""]


@pytest.mark.parametrize("area", [area for area, _, _ in LINES.values()])
def test_rcps_of_an_area_are_those_classed_so(service, area: str):
    covering = next(names.split() for name, _, names in LINES.values() if name == area)
    found = [
        cells["mechanism"] for cells, _, _ in _rows(service, "mechanisms-by-area", area=area, category="rcp")
    ]
    assert found == sorted(set(covering) & set(CATEGORIES["rcp"].split()), key=found.index)
    assert len(found) == len(set(covering) & set(CATEGORIES["rcp"].split()))


def test_who_was_asked_and_answered(service):
    found: dict[tuple[str, bool], set[str]] = {}
    for cells, _, _ in _rows(service, "survey-respondents"):
        found.setdefault((cells["region"], cells["responded"]), set()).add(cells["respondent"])
    assert found == {key: set(slugs.split()) for key, slugs in RESPONDENTS.items()}


def test_who_made_recommendations_and_who_is_still_discussing(service):
    found: dict[str, set[str]] = {}
    for cells, _, _ in _rows(service, "survey-recommenders"):
        found.setdefault(cells["status"], set()).add(cells["respondent"])
    fourteen = (  # line 1101
        "gfmd arcp budapest-process colombo-process igad-rcp midcas midsa midwa rcm acp-eu-dialogue "
        "abu-dhabi-dialogue pan-african-forum eurasian-economic-commission eclac"
    )
    assert len(fourteen.split()) == 14
    # 5+5 (lines 1208, 1477, 1618) and Almaty (line 1618) are counted as having made some in regional lists
    assert found["made"] == {*fourteen.split(), "5-plus-5-dialogue", "almaty-process"}
    six = {"almaty-process", "5-plus-5-dialogue", "igc", "unece", "escap", "escwa"}  # line 1103
    assert found["discussing"] == six


@pytest.mark.parametrize("theme", ELEMENTS)
def test_only_three_made_recommendations_on_all_themes(service, theme: str):
    made = {
        cells["respondent"]
        for cells, _, _ in _rows(service, "survey-recommenders", theme=theme, status="made")
    }
    assert {"acp-eu-dialogue", "budapest-process", "gfmd"} <= made  # line 1105


def test_counts_per_theme_and_region(service):
    found = {
        (cells["region"], cells["theme"]): cells["respondents"]
        for cells, _, _ in _rows(service, "recommendation-counts")
    }
    assert found == {
        (region, theme): int(number)
        for region, numbers in COUNTS.items()
        for theme, number in zip(ELEMENTS, numbers.split(), strict=True)
    }


def test_elements_stand_under_their_themes(service):
    found: dict[str, list[str]] = {}
    for cells, _, _ in _rows(service, "theme-elements"):
        found.setdefault(cells["theme"], []).append(cells["element"])
    assert {theme: sorted(letters) for theme, letters in found.items()} == {
        theme: sorted(letters.split()) for theme, letters in ELEMENTS.items()
    }


def test_recurrent_recommendations(service):
    found: dict[str, set[str]] = {}
    for cells, _, _ in _rows(service, "recurrent-recommendations"):
        assert cells["element"] in ELEMENTS[cells["theme"]].split()
        found.setdefault(cells["region"], set()).add(cells["element"])
    assert found == {region: set(letters.split()) for region, letters in RECURRENT.items()}


@pytest.mark.parametrize("region", ENTRIES)
def test_every_printed_practice_comes_back(service, region: str):
    entries = set()
    for cells, row, answer in _rows(service, "practices", region=region):
        (source,) = (answer.sources[number] for number in row.sources)
        entries.add((source.graph, cells["practice"], cells["practice_type"], cells["innovative"]))
    kinds = Counter(entry[2] or "innovative" for entry in entries)
    assert tuple(kinds[name] for name in ("innovative", *TYPES)) == ENTRIES[region]
    marks = {entry[3] for entry in entries if entry[2]}
    assert marks == ({None} if region == "global" else {False})


def test_priorities_and_follow_up(service):
    for kind in ("priority", "follow-up"):
        positions = [cells["position"] for cells, _, _ in _rows(service, "recommendations", kind=kind)]
        assert positions == [1, 2, 3, 4, 5]


def test_practices_printed_in_several_regions(service):
    found = {
        row.cells["practice"].item.label: row.cells["regions"].value
        for _, row, _ in _rows(service, "practices-in-several-regions")
    }
    assert found["Déclaration de Rome"] == "africa, europe"
    assert found["Consensus de Montevideo sur la population et le développement"] == "americas, global"
    assert found["Dialogue ACP-UE sur la migration : formation sur la réintégration"] == (
        "africa, americas, asia-pacific-middle-east, europe"
    )
    assert (
        found["Programme d'action ACP-UE sur la migration"]
        == "africa, americas, asia-pacific-middle-east, europe"
    )
    assert "Conférence régionale sur les migrations : Fonds pour les retours" not in found


def test_gaps_are_what_no_mechanism_covers(service):
    def gaps(**given: str) -> set[str]:
        return {cells["area"] for cells, _, _ in _rows(service, "coverage-gaps", **given)}

    rcps = set(CATEGORIES["rcp"].split())
    assert (
        gaps(category="rcp")
        == {area for area, _, names in LINES.values() if not rcps & set(names.split())}
        == {"education"}
    )
    assert gaps() == set()


def test_similar_mechanisms_share_areas(service):
    areas: dict[str, set[str]] = {}
    for area, _, names in LINES.values():
        for name in names.split():
            areas.setdefault(name, set()).add(area)
    found = {
        cells["mechanism"]: (cells["shared_areas"], round(cells["jaccard"], 6))
        for cells, _, _ in _rows(service, "similar-mechanisms", mechanism="midsa")
    }
    assert found == {
        name: (len(areas["midsa"] & own), round(len(areas["midsa"] & own) / len(areas["midsa"] | own), 6))
        for name, own in areas.items()
        if name != "midsa" and areas["midsa"] & own
    }
