"""The sandbox does what its own description says, whatever it is asked."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from syncd.sandbox import ImageService, create_app
from tests.samples import jpeg

KEY = "a-key-for-tests"
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described():
    """The description, read as any tool would; the tool itself takes two seconds to import."""
    import schemathesis

    made = ImageService(api_key=KEY, new_id=ids().__next__)
    made.create_model("m42", "Anna")
    made.add_image("m42", "modelInput", jpeg(1))
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(made))


def ids() -> Iterator[str]:
    yield from (f"i{number}" for number in range(1_000_000))


def test_every_operation_is_described(described):
    assert sorted(one.ok().label for one in described.get_all_operations()) == [
        "DELETE /images/{imageID}",
        "DELETE /models/{modelID}",
        "GET /images/{imageID}",
        "GET /models",
        "GET /models/{modelID}",
        "GET /models/{modelID}/images",
        "GET /models/{modelID}/train",
        "GET /ping",
        "POST /images/upload",
        "POST /models",
    ]


@pytest.mark.parametrize("kind", ["positive", "negative"])
def test_what_is_asked_well_or_badly_is_answered_as_described(described, kind):
    from schemathesis import GenerationMode
    from schemathesis.checks import positive_data_acceptance

    # No schema can say which bytes are a picture.
    but = {"POST /images/upload": [positive_data_acceptance]}
    for found in described.get_all_operations():

        @FEW
        @given(case=found.ok().as_strategy(generation_mode=GenerationMode(kind)))
        def check(case):
            case.call_and_validate(
                headers={"Authorization": f"Bearer {KEY}"}, excluded_checks=but.get(case.operation.label)
            )

        check()
