"""Sizes and tokens of images and documents by their first bytes."""

import base64
import io

import pytest
from PIL import Image

from proxy_core.token_count.media import estimate_document, estimate_image, image_size


def picture(form: str, size: tuple[int, int] = (1000, 750), **options: object) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size, "navy").save(buffer, form, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def pdf(pages: int, *, linearized: bool = False) -> str:
    head = (
        b"%%PDF-1.7\n1 0 obj <</Linearized 1 /L 9999 /O 3 /N %d /T 1>> endobj\n" % pages
        if linearized
        else b"%PDF-1.7\n"
    )
    body = b"" if linearized else b"<</Type /Page /Parent 2 0 R>>\n" * pages
    return base64.b64encode(head + b"<< /Type /Pages /Count 9 >>\n" + body).decode()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_size_is_read_from_the_head(form: str) -> None:
    assert image_size(picture(form)) == (1000, 750)


def test_lossless_webp_tells_its_size_elsewhere() -> None:
    assert image_size(picture("WEBP", lossless=True)) == (1000, 750)


def test_a_webp_with_a_picture_profile_tells_its_size_elsewhere() -> None:
    assert image_size(picture("WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")) == (1000, 750)


def test_a_jpeg_tells_its_size_behind_its_notes() -> None:
    assert image_size(picture("JPEG", comment=b"x" * 60_000, progressive=True)) == (1000, 750)


def test_an_image_costs_its_pixels_by_750() -> None:
    assert estimate_image(picture("PNG")) == 1000


def test_a_large_image_is_scaled_down_first() -> None:
    assert estimate_image(picture("PNG", (6272, 100))) == round(1568 * 25 / 750)


@pytest.mark.parametrize("data", [None, "", "AAAA", "!!", base64.b64encode(b"\xff\xd8\xff\xe0\0").decode()])
def test_an_image_of_unknown_size_counts_as_a_large_one(data: str | None) -> None:
    assert estimate_image(data) == 1600


def test_a_pdf_costs_by_its_pages() -> None:
    assert estimate_document(pdf(3)) == 3 * estimate_document(pdf(1)) == 6900


def test_a_linearized_pdf_tells_its_pages_in_front() -> None:
    assert estimate_document(pdf(12, linearized=True)) == 12 * 2300


def test_a_pdf_that_hides_its_pages_is_judged_by_its_length() -> None:
    hidden = base64.b64encode(b"%PDF-1.7\n" + bytes(240_000)).decode()

    assert estimate_document(hidden) == 5 * 2300


def test_another_document_counts_as_text() -> None:
    assert estimate_document(base64.b64encode(b"word " * 400).decode()) == 500
