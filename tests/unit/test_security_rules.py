"""The security rules, each with a test of what passes and one of what is refused.

A rule that says less, or something else, than is usual elsewhere tells why: what users are promised goes first.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Rule:
    """`passes` and `refused` are `file::test` below tests/."""

    name: str
    says: str
    passes: str
    refused: str
    why: str = ""


KEY, CLI = "unit/config/test_key.py", "unit/cli/test_main.py"
SOCKETS, VERDICTS = "unit/service/test_sockets.py", "unit/service/test_verdicts.py"
PICTURES, URLS, IDS = (f"unit/service/test_{name}.py" for name in ("pictures", "hostile_urls", "hostile_ids"))
FOLDER, JUDGE, OPENING = "unit/scan/test_folder.py", "unit/images/test_judge.py", "unit/store/test_opening.py"
LINE, CANARY, SYSTEMD = (f"end_to_end/test_{name}.py" for name in ("command_line", "canary", "systemd"))
APART, HOSTILE = "unit/images/test_apart.py", "unit/cli/test_hostile_names.py"
PAGE, SERVING = "unit/page/test_page.py", "unit/daemon/test_serving.py"

RULES = (
    Rule(
        "S1 sources of the key",
        "the environment, else a file, else systemd's credential; never an argument",
        f"{KEY}::test_the_variable_goes_before_the_file_before_the_credential",
        f"{KEY}::test_no_key_needs_a_person",
        "The environment goes first, and is no reason for a warning: so the order is promised.",
    ),
    Rule(
        "S2 the key's file",
        "a regular file that others cannot reach, one line of visible ASCII",
        f"{KEY}::test_one_line_end_is_taken_off",
        f"{KEY}::test_a_file_that_others_can_reach_is_refused",
        "Its group may read it, and a link is followed: secrets that are mounted are links.",
    ),
    Rule(
        "S2 what cannot be a key",
        "is refused and not repeated",
        f"{KEY}::test_the_source_is_named",
        f"{KEY}::test_what_cannot_be_a_key_is_refused_and_not_repeated",
    ),
    Rule(
        "S3 the key is held in a wrapper",
        "whose text, format and pickle are a mask",
        f"{KEY}::test_a_copied_key_is_still_the_key",
        f"{KEY}::test_a_key_shows_itself_nowhere",
    ),
    Rule(
        "S3 logs and errors",
        "hold no form of the key, at no level, in no traceback",
        f"{CLI}::test_very_verbose_shows_where_without_the_key",
        f"{SOCKETS}::test_no_log_at_any_level_holds_the_key",
    ),
    Rule(
        "S3 answers",
        "that repeat the key lose it before anything keeps or shows them",
        f"{VERDICTS}::test_no_form_of_a_key_that_comes_back_leaves_the_service",
        f"{CANARY}::test_a_service_that_echoes_the_key_in_its_images_and_pictures",
    ),
    Rule(
        "S4 the state and what a crash leaves",
        "a short digest of the key under a salt; no image of the memory",
        f"{KEY}::test_a_fingerprint_tells_keys_apart_and_depends_on_the_salt",
        f"{CLI}::test_a_crash_would_write_no_image_of_the_memory",
        "The process can still be looked into by its own user, who has the key anyway.",
    ),
    Rule(
        "S5 https",
        "http only to this machine; certificates are proven",
        f"{SOCKETS}::test_tls_proves_the_name_though_the_address_was_given",
        f"{LINE}::test_a_base_url_that_would_give_the_key_away_is_refused",
    ),
    Rule(
        "S5 certificates",
        "without proof of the name nothing is sent",
        f"{SOCKETS}::test_a_safe_base_url_is_taken",
        f"{SOCKETS}::test_tls_without_proof_of_the_name_sends_nothing",
    ),
    Rule(
        "S6 redirects of the API",
        "are not followed",
        f"{VERDICTS}::test_an_answer_to_a_reading_means",
        f"{VERDICTS}::test_a_redirect_is_not_followed",
    ),
    Rule(
        "S7 proxies and netrc",
        "of the environment are not used",
        f"{SOCKETS}::test_on_the_wire",
        f"{SOCKETS}::test_neither_proxies_nor_netrc_of_the_environment_are_used",
    ),
    Rule(
        "S8 answers have a size, a depth and ids",
        "4 MiB, 32 levels, nothing compressed",
        f"{VERDICTS}::test_an_answer_to_an_upload_means",
        f"{IDS}::test_an_id_from_the_service_is_one_or_nothing_is_done_with_it",
        "Ids may have 128 characters, and dots, colons and tildes within: none of these leads to another path.",
    ),
    Rule(
        "S9 ids enter a path",
        "only when they are ids",
        f"{VERDICTS}::test_a_model_is_read",
        f"{VERDICTS}::test_what_is_no_id_enters_no_path",
    ),
    Rule(
        "S10 the picture behind `url`",
        "is asked for without the key, from proper hosts",
        f"{PICTURES}::test_a_picture_comes_byte_for_byte_and_without_the_key",
        f"{PICTURES}::test_a_picture_may_not_lie_at",
        "Any public https host is allowed, by its address as well, on any port: so it is promised.",
    ),
    Rule(
        "S11 addresses are vetted once, and connected to",
        "no disguise of an inner address passes, no second answer of a resolver counts",
        f"{PICTURES}::test_a_picture_may_lie_at",
        f"{URLS}::test_no_disguise_leads_inside",
        "With a service on this machine or a private net its own kind of address is allowed: so it is promised.",
    ),
    Rule(
        "S11 rebinding",
        "a name is asked once",
        f"{PICTURES}::test_only_the_vetted_address_is_connected_to_under_the_name",
        f"{URLS}::test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_a_second_time",
    ),
    Rule(
        "S12 redirects of a picture",
        "three at most, each held to the same rules",
        f"{PICTURES}::test_redirects_are_followed_three_times",
        f"{URLS}::test_no_redirect_leads_inside",
        "What a picture is, is told by its bytes; the type that its host names decides nothing.",
    ),
    Rule(
        "S12 the size of a picture",
        "25 MiB, and one time for all hops",
        f"{PICTURES}::test_a_picture_of_the_largest_size_is_taken",
        f"{PICTURES}::test_a_picture_that_is_too_large_is_left",
    ),
    Rule(
        "S13 files are opened from the folder down",
        "links, pipes and devices are not",
        f"{FOLDER}::test_every_name_that_a_file_system_takes_is_looked_at",
        f"{FOLDER}::test_a_file_that_becomes_a_link_or_a_pipe_before_it_is_opened_is_not_read",
    ),
    Rule(
        "S14 only pictures leave this machine",
        "what is none does not",
        f"{JUDGE}::test_good_pictures_are_accepted_upright_and_compared_by_pixels",
        f"{JUDGE}::test_what_is_no_image_is_not_an_image",
    ),
    Rule(
        "S15 headers before pixels",
        "above 210 megapixels nothing is decoded, and only the four formats are",
        f"{JUDGE}::test_pixels_up_to_the_limit_are_decoded_and_so_a_lie_is_found",
        f"{JUDGE}::test_too_many_pixels_are_told_by_the_header",
        "Above 60 megapixels the container is walked, and no more: so it is promised.",
    ),
    Rule(
        "S16 a picture is decoded in a process of its own",
        "with limits of time and memory; a bomb costs neither memory nor the program",
        f"{APART}::test_what_is_decoded_apart_is_judged_alike",
        f"{APART}::test_a_picture_that_takes_more_memory_than_one_may_is_ended",
    ),
    Rule(
        "S16 that process",
        "knows no secret, and is ended when it takes for ever",
        f"{APART}::test_the_process_knows_no_secret",
        f"{APART}::test_a_picture_that_takes_for_ever_is_ended_and_the_next_one_is_none_the_worse",
    ),
    Rule(
        "S17 the size of a request",
        "is known to the byte before anything is sent",
        "unit/service/test_framing.py::test_framing_has_one_length_whatever_the_model_the_type_and_the_format",
        f"{FOLDER}::test_a_file_is_as_large_as_a_request_carries_and_not_one_byte_more",
        "Framing has 512 bytes exactly, so that more of the 20,000,000 is left for the photo.",
    ),
    Rule(
        "S18 names that are sent",
        "are made, never taken from the disk",
        "unit/service/test_framing.py::test_two_bodies_share_neither_boundary_nor_name",
        "end_to_end/test_names.py::test_what_is_sent_has_a_generated_name_of_its_true_format",
    ),
    Rule(
        "S19 names that are shown",
        "cannot move a cursor, forge a line or turn the direction",
        f"{HOSTILE}::test_each_is_explained_by_its_own_path",
        f"{HOSTILE}::test_people_are_shown_a_line_a_name_and_nothing_that_hides",
        "They are shown whole, so that they can be given back as a PATH.",
    ),
    Rule(
        "S19 names in documents",
        "mean what they are, and hide nothing",
        f"{HOSTILE}::test_documents_hold_each_name_as_it_is_and_nothing_that_hides",
        f"{HOSTILE}::test_a_plan_in_a_file_holds_nothing_that_hides",
    ),
    Rule(
        "S20 a line an event, and the service's words",
        "escaped and cut to 200 characters",
        "unit/cli/test_logs.py::test_json_is_one_object_a_line",
        f"{VERDICTS}::test_the_words_of_a_refusal_are_kept_escaped_and_cut",
    ),
    Rule(
        "S21 exit codes",
        "are those that are documented",
        f"{CLI}::test_our_errors_all_have_a_code_of_the_contract",
        f"{CLI}::test_the_exit_code_tells_what_happened",
    ),
    Rule(
        "S22 the status page",
        "is on this machine, unless a token guards it",
        "unit/config/test_load.py::test_the_page_may_be_public_with_a_token",
        "unit/config/test_load.py::test_each_fault_is_told_in_words",
        "It is on by default, on loopback: so it is promised.",
    ),
    Rule(
        "S23 who asks for the page",
        "asks for this machine by its own name, or sends the token",
        f"{PAGE}::test_the_page_says_how_it_stands",
        f"{PAGE}::test_a_page_of_the_web_cannot_read_it_through_a_browser",
        "Any port will do, as a tunnel has one of its own.",
    ),
    Rule(
        "S24 the page is read",
        "and nothing is changed by it; no other site asks, and none shows it inside its own",
        f"{PAGE}::test_figures_can_be_collected",
        f"{PAGE}::test_it_only_shows",
    ),
    Rule(
        "S25 the page runs nothing",
        "and what it names is escaped",
        f"{PAGE}::test_nothing_runs_in_it_and_nothing_is_fetched_from_elsewhere",
        f"{PAGE}::test_names_cannot_write_into_the_page",
    ),
    Rule(
        "S26 connections to the page",
        "are few, and end with the daemon",
        f"{SERVING}::test_the_page_is_served_until_it_is_stopped",
        f"{SERVING}::test_a_request_that_goes_on_and_on_is_refused",
        "20 of them, 10 seconds each, 16 KiB of headers.",
    ),
    Rule(
        "S27 the state is its user's alone",
        "0600 in a folder of 0700; another user's is refused",
        f"{OPENING}::test_a_new_state_says_so_and_is_its_users_alone",
        f"{OPENING}::test_another_users_state_is_refused_and_left_as_it_is",
        "One that others could read is closed to them; a network file system is warned of, not refused.",
    ),
    Rule(
        "S28 the state is looked through when it is opened",
        "and set aside when it is damaged",
        f"{OPENING}::test_what_lies_in_the_wal_of_a_killed_process_is_no_damage",
        f"{OPENING}::test_a_damaged_state_is_set_aside_and_begun_anew",
        "Commits are not forced to the disk: a lost state costs no upload and no delete.",
    ),
    Rule(
        "S29 the service's unit",
        "can write nothing but the state",
        f"{SYSTEMD}::test_systemd_takes_every_unit_without_a_word",
        f"{SYSTEMD}::test_the_services_are_exposed_to_little",
    ),
)


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((HOUSE / "tests" / file).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_each_rule_has_a_case_that_passes_and_one_that_is_refused(rule):
    assert rule.passes != rule.refused
    for each in (rule.passes, rule.refused):
        file, _, name = each.partition("::")
        assert name in names_in(file), each


def test_no_rule_is_left_out():
    """The last one (30) is this table."""
    numbers = {int(rule.name.split()[0][1:]) for rule in RULES}
    assert numbers == {*range(1, 30)}
