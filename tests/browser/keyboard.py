"""Typing, as people without a mouse do."""


def type_in(page, text):
    """Type into the field that has the focus, once the page has given it to one."""
    page.locator("input:focus").wait_for()
    page.keyboard.type(text)
