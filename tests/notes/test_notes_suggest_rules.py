"""Each rule: its own example, and the traps beside it."""

from __future__ import annotations

import pytest

from warmstart.notes.model import CardKind
from warmstart.notes.parse import parse_note
from warmstart.notes.scan import scan
from warmstart.notes.suggest import RULES, Rule, Suggestion, suggest
from warmstart.notes.suggest.read import read_page
from warmstart.notes.suggest.titles import clean_title, is_generic


def found(rule: str, text: str) -> list[tuple[str, str]]:
    return [(one.front, one.back) for one in suggestions(rule, text)]


def suggestions(rule: str, text: str) -> list[Suggestion]:
    return [one for one in suggest(text, name="note") if one.rule == rule]


class TestRules:
    def test_names_and_examples_are_one_of_a_kind(self) -> None:
        assert (
            len({rule.name for rule in RULES}) == len(RULES) == len({rule.title for rule in RULES})
        )

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_example(self, rule: Rule) -> None:
        """The rule alone finds what it says, and so does the choice among all rules."""
        text = rule.example.markdown
        alone = rule.find(read_page(scan(text), parse_note(text, name="")))
        assert tuple((one.front, one.back) for one in alone) == rule.example.cards
        chosen = suggest(text, name="")
        assert tuple((one.front, one.back) for one in chosen) == rule.example.cards
        assert {one.rule for one in chosen} == {rule.name}


class TestAskingHeadings:
    @pytest.mark.parametrize(
        ("text", "front", "back"),
        [
            (
                "# Saga\n\n## What is it?\n\nSteps.\n\n- one\n\n---\n\nText.\n",
                "Saga · **What is it?**",
                "Steps.\n\n- one",
            ),
            ("## 什么是冷启动？\n\n第一次调用。\n", "什么是冷启动？", "第一次调用。"),
            (
                "### 3) Чем очередь отличается от потока?\nСм. ниже:\n```\na\n\nb\n```\n[Наверх](#x)\n",
                "Чем очередь отличается от потока?",
                "См. ниже:\n```\na\n\nb\n```",
            ),
        ],
    )
    def test_shapes(self, text: str, front: str, back: str) -> None:
        assert found("asking-heading", text) == [(front, back)]

    @pytest.mark.parametrize(
        "text",
        [
            "## Why does a queue grow so fast?\n\n### First\n\nText.\n",
            "## What does this code print then?\n\n- A: 1\n- B: 2\n\n<details>\nB\n</details>\n",
            "## Why does a queue grow so fast?\n\n<br>\n\nText.\n",
            "## Queues\n\nText.\n",
        ],
    )
    def test_traps(self, text: str) -> None:
        assert found("asking-heading", text) == []


class TestFolded:
    def test_the_number_of_a_question_is_no_part_of_it(self) -> None:
        text = "<details>\n<summary>12. Why?</summary>So.</details>\n"
        assert found("folded", text) == [("Why?", "So.")]

    def test_code_keeps_its_tags(self) -> None:
        text = "<details><summary>What is bold?</summary>\n<p>\n\n```html\n<b>x</b>\n```\n</p></details>\n"
        assert found("folded", text) == [("What is bold?", "```html\n<b>x</b>\n```")]

    @pytest.mark.parametrize(
        "text",
        [
            "<details><summary>Answer</summary>B</details>\n",
            "<details><summary>Why?</summary>\nnever closed\n",
            "<details><summary>Why?</summary>\n<details>\nB\n</details></details>\n",
            "```\n<details><summary>Why?</summary>B</details>\n```\n",
        ],
    )
    def test_traps(self, text: str) -> None:
        assert found("folded", text) == []


class TestDefinitionBullets:
    @pytest.mark.parametrize(
        ("entry", "front"),
        [
            (
                "* **Saga** — steps that undo one another",
                "Patterns at work · **Saga** — what does it mean?",
            ),
            (
                "- **Saga:** steps that undo one another",
                "Patterns at work · **Saga** — what does it mean?",
            ),
            (
                "- `maxReceiveCount` – how often a message is tried",
                "Patterns at work · **`maxReceiveCount`** — what does it mean?",
            ),
            ("- Saga: steps that undo one another", "Patterns at work · **Saga**?"),
            ("- **Timeout**: 15 min", "Patterns at work · **Timeout**?"),
            ("- **Kinds**: short, long", "Patterns at work · **Kinds**?"),
        ],
    )
    def test_shapes(self, entry: str, front: str) -> None:
        assert [
            one[0] for one in found("definition-bullet", f"## Patterns at work\n\n{entry}\n")
        ] == [front]

    @pytest.mark.parametrize(
        "entry",
        [
            "- see https://example.org/a: it is good",
            "- [ ] **Saga** — write it down",
            '- **"Release it!"** — Michael Nygard',
            "- This is a sentence that goes on for long: and then it ends",
            "- **Saga** — [[saga]]",
            "- **Saga**",
            "- a-b: c",
        ],
    )
    def test_traps(self, entry: str) -> None:
        assert found("definition-bullet", f"## Patterns at work\n\n{entry}\n") == []

    def test_reasons_are_asked_for_where_the_heading_says_not(self) -> None:
        text = "## Когда не подходит serverless\n\n- **Долгие процессы** — предел 15 минут\n"
        assert found("definition-bullet", text) == [
            ("Когда не подходит serverless · **Долгие процессы** — почему?", "предел 15 минут")
        ]

    def test_a_summary_does_not_repeat_a_section(self) -> None:
        text = "# Queues\n\n## Benefits\n\n- small\n\n## Summary\n\n- **Benefits**: small, cheap\n"
        assert found("definition-bullet", text) == []


class TestDefinitionSentences:
    @pytest.mark.parametrize(
        ("sentence", "front", "back"),
        [
            (
                "SQS is a queue that AWS runs. It is old.",
                "What is **SQS**?",
                "a queue that AWS runs. It is old.",
            ),
            (
                "**Queues** are lists of waiting messages.",
                "What are **Queues**?",
                "lists of waiting messages.",
            ),
            (
                "**DLQ** (dead-letter queue) — a queue of the failed.",
                "What is **DLQ** (dead-letter queue)?",
                "a queue of the failed.",
            ),
            (
                "Очередь — это список сообщений, которые ждут.",
                "Что такое **Очередь**?",
                "список сообщений, которые ждут.",
            ),
            (
                "콜드 스타트는 새 환경이 준비되는 데 걸리는 시간이다.",
                "**콜드 스타트**: 무엇인가요?",
                "새 환경이 준비되는 데 걸리는 시간이다.",
            ),
        ],
    )
    def test_shapes(self, sentence: str, front: str, back: str) -> None:
        assert found("definition-sentence", sentence + "\n") == [(front, back)]

    @pytest.mark.parametrize(
        "sentence",
        [
            "This is a sentence about nothing at all.",
            "There is a queue between the two of them.",
            "The danger is the poison record in the batch.",
            "Это — это не определение, а что-то другое.",
            "**Note**: Lambda is a service of AWS.",
            "Serverless — это смена мышления, а именно:",
        ],
    )
    def test_traps(self, sentence: str) -> None:
        assert found("definition-sentence", sentence + "\n") == []


class TestTables:
    def test_a_column_of_one_value_tells_nothing(self) -> None:
        text = (
            "## Sizes\n\n| Size | Unit | Price |\n|---|---|---|\n| S | MB | 1 |\n| L | MB | 2 |\n"
        )
        assert [front for front, _ in found("table-row", text)] == [
            "Sizes · **S** — Price?",
            "Sizes · **L** — Price?",
        ]

    def test_the_number_of_a_row_is_not_its_name(self) -> None:
        text = "## Phases\n\n| # | Phase | Does |\n|---|---|---|\n| 1 | Init | loads |\n| 2 | Invoke | runs |\n"
        assert [front for front, _ in found("table-row", text)] == [
            "Phases · **Init** — Does?",
            "Phases · **Invoke** — Does?",
        ]

    def test_empty_cells_and_dashes(self) -> None:
        text = (
            "## Sizes\n\n| Size | Price |\n|---|---|\n| S | — |\n| M |  |\n| L | 2 |\n| XL | 3 |\n"
        )
        assert [back for _, back in found("table-row", text)] == ["2", "3"]

    def test_description_columns_ask_for_the_meaning(self) -> None:
        text = "# Лямбда\n\n## Фазы работы\n\n| Фаза | Описание |\n|---|---|\n| Init | загрузка |\n| Run | работа |\n"
        assert found("table-row", text)[0] == (
            "Фазы работы · **Init** — что это значит?",
            "загрузка",
        )

    def test_long_tables_are_data(self) -> None:
        rows = "".join(f"| r{i} | v{i} |\n" for i in range(61))
        assert found("table-row", f"## Data\n\n| A | B |\n|---|---|\n{rows}") == []

    def test_a_generic_heading_is_preceded_by_what_it_is_of(self) -> None:
        text = "# Kinesis\n\n## Limits\n\n| Limit | Value |\n|---|---|\n| Record | 1 MB |\n| Shard | 2 MB |\n"
        assert found("table-row", text)[0] == ("Kinesis › Limits · **Record** — Value?", "1 MB")

    def test_merits_are_asked_for_together(self) -> None:
        text = "# SQS\n\n## Benefits\n\n| Benefit | Description |\n|---|---|\n| Cheap | pay per call |\n| Safe | many copies |\n"
        assert found("table-row", text) == []
        assert found("list", text) == [
            ("**SQS › Benefits** (2) — name them", "- Cheap — pay per call\n- Safe — many copies")
        ]


class TestComparisons:
    def test_wide_tables_are_compared_by_column(self) -> None:
        text = "## Memory\n\n| Size | CPU | Price | Time | Sum |\n|---|---|---|---|---|\n| 1 GB | 0.6 | low | long | 5 |\n| 2 GB | 1.2 | mid | short | 5 |\n"
        assert found("comparison", text)[0] == (
            "Memory · **CPU**: 1 GB, 2 GB?",
            "- **1 GB**: 0.6\n- **2 GB**: 1.2",
        )
        assert len(found("comparison", text)) == 3
        assert found("table-row", text) == []

    def test_rows_in_which_all_are_equal(self) -> None:
        text = (
            "## Compute\n\n| Aspect | A | B |\n|---|---|---|\n| Same | x | x |\n| Other | x | y |\n"
        )
        assert [front for front, _ in found("comparison", text)] == ["Compute · **Other**: A, B?"]

    def test_entries(self) -> None:
        assert found("comparison", "- **SQS vs SNS** — one consumer, or all of them\n") == [
            ("How do **SQS** and **SNS** differ?", "one consumer, or all of them")
        ]

    def test_a_heading_above_a_table_is_no_card_of_its_own(self) -> None:
        text = "## Memory vs cost\n\n| Size | Price |\n|---|---|\n| S | 1 |\n| L | 2 |\n\nThat is all there is.\n"
        assert found("comparison", text) == []


class TestProblems:
    def test_the_solution_may_be_a_list(self) -> None:
        text = "### ❌ Large packages\n**Problem**: slow start\n**Solution**:\n- use layers\n- minify\n```ts\nx()\n```\n"
        assert found("problem-solution", text) == [
            ("**Large packages** — what is the problem?", "slow start"),
            ("Large packages: slow start — what is the solution?", "- use layers\n- minify"),
        ]

    def test_not_across_sections(self) -> None:
        text = (
            "## One thing\n\n**Problem**: slow start\n\n## Another thing\n\n**Solution**: layers\n"
        )
        assert found("problem-solution", text) == [
            ("**One thing** — what is the problem?", "slow start")
        ]

    def test_tables_in_other_languages(self) -> None:
        text = "## 안티패턴\n\n| 실수 | 올바른 방법 |\n|---|---|\n| 순차 호출 | 병렬 처리 |\n"
        assert found("problem-solution", text)[0][1] == "병렬 처리"
        text = "## Ошибки новичков\n\n| Ошибка | Решение |\n|---|---|\n| импорт внутри | импорт снаружи |\n"
        assert found("problem-solution", text) == [
            ("Ошибки новичков · **импорт внутри** — как поступить правильно?", "импорт снаружи")
        ]


class TestCodePairs:
    def test_two_fences_and_labels(self) -> None:
        text = "## Chains\n\nBad:\n\n```py\na()\nb()\n```\n\nGood:\n\n```py\nqueue(a, b)\n```\n"
        ((front, back),) = found("code-pair", text)
        assert "a()\nb()" in front
        assert "queue(a, b)" in back
        assert "Chains" in back

    def test_the_front_does_not_tell_what_is_wrong(self) -> None:
        text = "## Global state\n\n```py\n# ПЛОХО: состояние в памяти\ncache = {}\nuse(cache)  # потеряется\n# ХОРОШО: в базе\nuse(db)\n```\n"
        ((front, back),) = found("code-pair", text)
        assert "потеряется" not in front
        assert "состояние" not in front
        assert "состояние в памяти" in back
        assert "в базе" in back

    def test_long_code_is_cut_at_a_line(self) -> None:
        bad = "\n".join(f"call_number_{i}(event, context)" for i in range(40))
        ((front, back),) = found(
            "code-pair", f"## Calls\n\n```py\n# BAD\n{bad}\n# GOOD\n{bad}\n```\n"
        )
        assert front.endswith("context)\n…\n```")
        assert back.endswith("context)\n…\n```")

    @pytest.mark.parametrize(
        "code",
        [
            "# bad request handling\nx = 1\ny = 2\n# good enough\nz = 3",
            "# ❌ only bad\nx = 1\ny = 2",
            "# ✅ one\nx = 1\n# ✅ two\ny = 2",
            "# BAD\n# GOOD",
        ],
    )
    def test_traps(self, code: str) -> None:
        assert found("code-pair", f"## Handlers\n\n```py\n{code}\n```\n") == []


class TestDecisions:
    def test_nested_branches_tell_their_way(self) -> None:
        text = "```\nWhich queue?\n├─ order matters\n│   ├─ one group ──> FIFO\n│   └─ many groups ──> Kinesis\n└─ no order ──> standard\n```\n"
        assert found("decision", text) == [
            ("Which queue? · **order matters → one group** — what do you choose?", "FIFO"),
            ("Which queue? · **order matters → many groups** — what do you choose?", "Kinesis"),
            ("Which queue? · **no order** — what do you choose?", "standard"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "```\nproject\n├── src\n│   └── app.py\n└── README.md\n```\n",
            "```\n┌─────┐     ┌─────┐\n│ S3  │────▶│ SQS │\n└─────┘     └─────┘\n```\n",
            "- [a → b](x.md)\n- `f` → g\n- a → b → c\n",
            "```\nClient ──▶ API ──▶ SQS\n   └──▶ 202 ──▶ at once\n```\n",
        ],
    )
    def test_traps(self, text: str) -> None:
        assert found("decision", text) == []

    def test_lists(self) -> None:
        text = "## Where to run it\n\n- steady load → containers\n"
        assert found("decision", text) == [
            ("Where to run it · **steady load** — what do you choose?", "containers")
        ]


class TestUseCases:
    def test_the_group_of_patterns_is_named(self) -> None:
        text = "# Patterns\n\n## Orchestration with states\n\n### Pattern: Wait\n**Use case**: delays\n"
        assert found("use-case", text) == [
            ("Orchestration with states · When do you use **Wait**?", "delays")
        ]

    def test_other_languages(self) -> None:
        text = "### Паттерн: Сага\n\n**Когда использовать**: откат нескольких шагов\n"
        assert found("use-case", text) == [("Когда применяют **Сага**?", "откат нескольких шагов")]

    def test_a_label_without_words_is_none(self) -> None:
        assert found("use-case", "### Pattern: Wait\n\n**Use case**:\n") == []


class TestSteps:
    def test_a_lead_asks(self) -> None:
        text = "## Cold starts\n\n**Remedies**:\n1. smaller\n2. earlier\n3. later\n"
        assert found("steps", text) == [
            ("Cold starts · **Remedies**?", "1. smaller\n2. earlier\n3. later")
        ]

    def test_numbered_headings(self) -> None:
        text = "# SAM\n\n## Steps to deploy\n\n### 1. Build\n\nx\n\n### 2. Package\n\ny\n\n### 3. Deploy\n\nz\n"
        assert found("steps", text) == [
            ("**Steps to deploy** (3) — name them", "1. Build\n2. Package\n3. Deploy")
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "## Queues\n\n1. one\n2. two\n",
            "## Queues\n\n3. three\n4. four\n5. five\n",
            "## Queues\n\n1. [a](a.md)\n2. [b](b.md)\n3. [c](c.md)\n",
            "## Questions\n\n1. Why?\n2. How?\n3. When?\n",
            "## Kinesis\n\n### 1. Shards\n\nx\n\n### 2. Keys\n\ny\n\n### 3. Order\n\nz\n",
            "## Queues\n\n" + "".join(f"{i}. x{i}\n" for i in range(1, 12)),
        ],
        ids=["two", "not from one", "links", "questions", "chapters", "eleven"],
    )
    def test_traps(self, text: str) -> None:
        assert found("steps", text) == []


class TestLists:
    def test_checklists(self) -> None:
        text = "## Checklist\n\n### Rollout of functions\n- [ ] alarms\n- [x] tracing\n"
        assert found("list", text) == [
            ("**Checklist › Rollout of functions** (2) — name them", "- alarms\n- tracing")
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "## Kinesis\n\n- one\n- two\n",
            "## Benefits of it\n\n- **A** — because of one\n- **B** — because of two\n",
            "## Benefits of it\n\n- Is it cheap?\n- Is it safe?\n",
        ],
        ids=["a heading that lists nothing", "definitions", "questions"],
    )
    def test_traps(self, text: str) -> None:
        assert found("list", text) == []


class TestLimits:
    @pytest.mark.parametrize(
        ("sentence", "hidden"),
        [
            ("A function runs for 15 min at most.", "15 min"),
            ("Answers come with p99 < 100 ms, mostly.", "< 100 ms"),
            ("It costs about $0.20 per call 50% of the time.", "50%"),
            ("Максимальное время работы 300 секунд.", "300 секунд"),
            ("콜드 스타트 시간은 +1~2초 추가된다.", "+1~2초"),
            ("Memory goes from 128 MB to 10,240 MB there.", "128 MB · 10,240 MB"),
        ],
    )
    def test_units(self, sentence: str, hidden: str) -> None:
        (card,) = suggestions("limit", f"## AWS Lambda\n\n{sentence}\n")
        assert card.back == hidden
        assert card.kind is CardKind.CLOZE
        assert "[…]" in card.front
        mark = card.marks[0]
        assert sentence[mark.start : mark.end] == hidden.partition(" · ")[0]

    @pytest.mark.parametrize(
        "sentence",
        [
            "Python 3.12 is out since 2023.",
            "15 min",
            "See chapter 4.",
            "python3.11s is no unit here at all",
        ],
    )
    def test_traps(self, sentence: str) -> None:
        assert found("limit", f"## AWS Lambda\n\n{sentence}\n") == []

    def test_links_are_words(self) -> None:
        text = "## AWS Lambda\n\nA function runs for [15 min](https://example.org/15min) at most.\n"
        assert found("limit", text) == [("AWS Lambda: A function runs for […] at most.", "15 min")]


class TestClozes:
    @pytest.mark.parametrize(
        "sentence",
        [
            "You must **never** call one function from another one.",
            "The **queue** keeps what the other queue of them lost.",
            "One **queue** and one **topic** stand between the two.",
            "**Queues** stand between those who send and those who receive.",
            "Use a **queue**.",
        ],
    )
    def test_traps(self, sentence: str) -> None:
        assert found("cloze", f"## Messaging\n\n{sentence}\n") == []


class TestDiagrams:
    @pytest.mark.parametrize(
        "fence",
        [
            "```python\ndef f() -> int: return one_two_three\n```\n",
            "```\nsrc\n├─ a → link\n└─ b\n```\n",
            "```\n$ cat words → out\n```\n",
            "```\na → b\n```\n",
        ],
        ids=["code", "a tree", "a shell", "too little"],
    )
    def test_traps(self, fence: str) -> None:
        assert found("diagram", f"## Thumbnails\n\n{fence}") == []

    def test_the_first_of_a_section(self) -> None:
        fence = "```\nSource → Lambda → {}\n```\n"
        text = f"## Thumbnails\n\n{fence.format('Bucket')}\n{fence.format('Table')}"
        assert [back for _, back in found("diagram", text)] == [
            "```text\nSource → Lambda → Bucket\n```"
        ]


class TestLanguages:
    @pytest.mark.parametrize(
        ("text", "front"),
        [
            (
                "## Очереди сообщений\n\n- **DLQ** — dead letters\n",
                "Очереди сообщений · **DLQ** — что это значит?",
            ),
            ("## 메시지 큐\n\n- **DLQ** — 실패한 메시지\n", "메시지 큐 · **DLQ** — 무슨 뜻인가요?"),
            (
                "## Черги повідомлень і їхні типи\n\n- **DLQ** — невдалі повідомлення\n",
                "Черги повідомлень і їхні типи · **DLQ** — ?",
            ),
            (
                "## Die Warteschlangen und das Übrige\n\n- **DLQ** — für die übrigen\n",
                "Die Warteschlangen und das Übrige · **DLQ** — ?",
            ),
            (
                "## メッセージキュー\n\n- **DLQ** — 失敗したメッセージ\n",
                "メッセージキュー · **DLQ** — ?",
            ),
        ],
    )
    def test_questions(self, text: str, front: str) -> None:
        assert [one.front for one in suggest(text, name="n")] == [front]


class TestTitles:
    @pytest.mark.parametrize(
        ("title", "clean"),
        [
            ("### 3. Lambda", "### 3. Lambda".strip("# ")[3:]),
            ("❌ Lambda Monolith", "Lambda Monolith"),
            ("Pattern: Wait State", "Wait State"),
            ("Паттерн: Сага", "Сага"),
            (".NET", ".NET"),
            ("1.", "1."),
        ],
    )
    def test_clean(self, title: str, clean: str) -> None:
        assert clean_title(title.lstrip("# ")) == clean

    def test_generic(self) -> None:
        assert all(
            map(
                is_generic,
                ("Benefits", "Не подходит для", "체크리스트", "Best Practices и антипаттерны"),
            )
        )
        assert not any(map(is_generic, ("Kinesis", "Limits of SQS", "콜드 스타트")))
