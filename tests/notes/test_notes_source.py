"""Bytes to text, and what is said of bytes that are none."""

from __future__ import annotations

import pytest

from warmstart.errors import NoteError
from warmstart.notes.source import MAX_BYTES, decode, likely_encoding, too_long

RUSSIAN = "# Заметка\n\nОчередь хранит сообщения, пока их не заберут, а потом удаляет."
KOREAN = "# 노트\n\n함수는 이벤트가 발생할 때 실행된다. 큐는 메시지를 보관한다."


def refused(data: bytes) -> NoteError:
    with pytest.raises(NoteError) as caught:
        decode(data)
    return caught.value


class TestDecode:
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
    def test_what_is_read(self, codec: str) -> None:
        assert decode((RUSSIAN + "\r\n" + KOREAN).encode(codec)) == RUSSIAN + "\r\n" + KOREAN

    def test_big_endian(self) -> None:
        assert decode(b"\xfe\xff" + KOREAN.encode("utf-16-be")) == KOREAN

    def test_empty(self) -> None:
        assert decode(b"") == ""

    def test_size(self) -> None:
        assert len(decode(b"a" * MAX_BYTES)) == MAX_BYTES
        error = refused(b"a" * (MAX_BYTES + 1))
        assert error.message == "The file is 10 MB long; a note may have at most 10 MB."
        assert "50 MB long" in too_long(50_000_000).message


class TestBinary:
    @pytest.mark.parametrize(
        ("start", "word"),
        [(b"%PDF-1.7", "PDF"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"PK\x03\x04", ".docx")],
    )
    def test_known_by_its_first_bytes(self, start: bytes, word: str) -> None:
        assert word in refused(start + b"rest").message

    def test_nul(self) -> None:
        error = refused(b"line one\nline\x00two")
        assert (error.message, error.line) == ("This is a binary file, not text.", 2)

    def test_utf16_without_bom(self) -> None:
        assert "UTF-16 without" in refused("plain text".encode("utf-16-le")).message
        assert "UTF-16 without" in refused("plain text".encode("utf-16-be")).message
        assert "UTF-16 without" in refused(RUSSIAN.encode("utf-16-le")).message
        assert "binary" in refused(b"\x01\x00\x02\x00" * 40).message

    def test_broken_utf16(self) -> None:
        assert refused(b"\xff\xfe" + "a\nb".encode("utf-16-le") + b"\x00\xd8").line == 2


class TestWrongEncoding:
    @pytest.mark.parametrize(
        ("text", "codec", "name"),
        [
            (RUSSIAN, "cp1251", "cp1251"),
            (RUSSIAN, "koi8_r", "KOI8-R"),
            (RUSSIAN, "cp866", "cp866"),
            (KOREAN, "cp949", "cp949"),
            (KOREAN, "euc_kr", "cp949"),
            ("キューはメッセージをためておきます。", "shift_jis", "Shift_JIS"),
            ("キューはメッセージをためておきます。", "euc_jp", "EUC-JP"),
            ("函数在事件发生的时候运行，这是我们的服务。", "gb18030", "GB18030"),
            ("队列保存消息，等待消费者处理。", "gb18030", "GB18030"),
            ("佇列保存訊息，等待消費者處理。", "big5", "Big5"),
            ("実行環境の初期化処理に要する時間。", "euc_jp", "EUC-JP"),
            ("Die Übung läuft für später größer.", "cp1252", "cp1252"),
            ("Kolejka się kończy później, żeby było taniej.", "cp1250", "cp1250"),
        ],
    )
    def test_hint_names_the_likely_one(self, text: str, codec: str, name: str) -> None:
        error = refused(text.encode(codec))
        assert error.message == "The text is not UTF-8."
        assert error.hint is not None
        assert error.hint.startswith(f"It looks like {name}")

    def test_line_of_the_first_bad_byte(self) -> None:
        assert refused(b"one\r\ntwo\r\n" + "три".encode("cp1251")).line == 3
        assert refused(b"one\rtwo\r" + "три".encode("cp1251")).line == 3

    def test_no_guess_without_grounds(self) -> None:
        assert likely_encoding(b"plain") is None
        assert likely_encoding(bytes(range(0x80, 0xFF))) is None

    def test_one_damaged_character(self) -> None:
        """Text that is UTF-8 but for a byte is not taken for another encoding."""
        error = refused(RUSSIAN.encode() + b"\n\xff\n")
        assert (error.message[:22], error.line) == ("A character is damaged", 4)

    def test_long_text_cut_inside_a_character(self) -> None:
        """The sample ends in the middle of a two-byte character and still decodes."""
        assert "cp949" in (likely_encoding(b"a" + "함수".encode("cp949") * 40_000) or "")
