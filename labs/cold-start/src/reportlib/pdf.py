"""Lines of text as a PDF 1.4 document: A4, Courier, as many pages as it takes.

The file format is ISO 32000: numbered objects, then a table with the byte offset of each.
"""

LINES_PER_PAGE = 60
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"


def document(lines: list[str]) -> bytes:
    """Return a whole PDF file that shows the lines, top to bottom."""
    pages = [lines[at : at + LINES_PER_PAGE] for at in range(0, len(lines), LINES_PER_PAGE)] or [[]]
    # Objects 1 to 3 are the catalogue, the page tree and the font; then two for each page.
    first = 4
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        FONT.encode(),
    ]
    for index, page in enumerate(pages):
        objects.append(f"{PAGE} /Contents {first + 2 * index + 1} 0 R >>".encode())
        objects.append(stream(page))
    return assemble(objects)


def stream(lines: list[str]) -> bytes:
    """Return the drawing instructions of one page: a font, a place, and a line after another."""
    shown = "".join(f"({escape(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 11 Tf 13 TL 50 790 Td\n{shown}ET".encode("cp1252", "replace")
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def escape(text: str) -> str:
    """Protect what has a meaning inside a PDF text: backslash and parentheses."""
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def assemble(objects: list[bytes]) -> bytes:
    """Number the objects from 1, and end the file with the table of where each begins."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)
