"""The sandbox in a process of its own: `python -m tests.benchmarks.service SETS`.

Prints its base URL; then, for each line of its input, how many requests came since the last such line; for the word
`uploads` how many have taken effect so far.
"""

import sys
from itertools import count

from syncd.sandbox import ImageService, running

KEY = "benchmark"


def model(number: int) -> str:
    return f"m{number:03}"


def main() -> None:
    service = ImageService(api_key=KEY)
    for number in range(int(sys.argv[1])):
        service.create_model(model(number))
    numbers, seen = count(), 0
    with running(service, before=lambda _: next(numbers) and None) as url:
        tell(url)
        for line in sys.stdin:
            if line.strip() == "uploads":
                tell(sum(event.kind == "upload" for event in service.events))
                continue
            now = next(numbers)
            tell(now - seen)
            seen = now + 1


def tell(fact: object) -> None:
    sys.stdout.write(f"{fact}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
