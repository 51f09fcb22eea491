import pytest

from toolkit.text.links import channel_name, is_address, post_link


@pytest.mark.parametrize(
    ("address", "post_id"),
    [
        ("https://t.me/bay/12", "bay/12"),
        ("http://www.t.me/s/bay/12/", "bay/12"),
        ("t.me/bay/12?single", "bay/12"),
        ("https://telegram.me/bay/12?comment=7", "bay/12"),
        ("https://t.me/bay/0", "bay/0"),
        ("https://t.me/c/1288000009/12", "1288000009/12"),
        ("https://t.me/c/1288000009/3/12?thread=3", "1288000009/12"),
        ("https://t.me/bay/3/12", "bay/12"),
        ("https://bay.t.me/12", "bay/12"),
        ("tg://resolve?domain=bay&post=12", "bay/12"),
        ("tg://privatepost?channel=1288000009&post=12&single", "1288000009/12"),
        ("https://t.me/bay", None),
        ("https://t.me/bay/twelve", None),
        ("https://t.me/addstickers/12", None),
        ("https://example.org/bay/12", None),
        ("bay/12", None),
    ],
)
def test_addresses_of_posts(address: str, post_id: str | None) -> None:
    link = post_link(address)
    assert (link and link.post_id) == post_id
    assert is_address(address) is (address != "bay/12")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("@bay", "bay"),
        ("https://t.me/s/bay/", "bay"),
        ("t.me/bay/12", "bay"),
        ("-1001288000009", "1288000009"),
        ("-1001288", "1001288"),
        ("channel1288000009", "1288000009"),
        ("https://t.me/c/1288000009", "1288000009"),
        ("Порт: новости", "Порт: новости"),
        ("channel24", "channel24"),
    ],
)
def test_a_channel_has_one_name(written: str, name: str) -> None:
    assert channel_name(written) == name
