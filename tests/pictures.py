"""Pictures, as cameras make them and as nobody should."""

from io import BytesIO

from PIL import Image

ORIENTATION, MAKER = 0x0112, 0x010F


def picture(size=(40, 20), format="JPEG", orientation=1, **options):
    """Bytes of a picture, red on the left and blue on the right, with EXIF."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "Secret Camera"
    content = BytesIO()
    image.save(content, format, exif=exif, **options)
    return content.getvalue()
