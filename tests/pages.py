"""Reading pages in tests."""

from selectolax.lexbor import LexborHTMLParser


def words(response, selector="main"):
    """The words of each element that ``selector`` finds, white space squeezed."""
    found = LexborHTMLParser(response.content.decode()).css(selector)
    return [" ".join(node.text().split()) for node in found]


def links(response, selector="main a"):
    """(words, address) of each link that ``selector`` finds."""
    found = LexborHTMLParser(response.content.decode()).css(selector)
    return [
        (" ".join(node.text().split()), node.attributes.get("href")) for node in found
    ]
