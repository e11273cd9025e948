import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.imagenet_xml import AnnotationReader, size_wh
from tests.support.vid_tree import vid_object, vid_xml

READER = AnnotationReader(
    ("trackid", "name", "xmax", "xmin", "ymax", "ymin"), ("occluded", "generated")
)
PHOTOGRAPHS = AnnotationReader(("name", "xmin", "ymin", "xmax", "ymax"), ("truncated",))
DOG = vid_object(0, 3, 4, 10, 20)
CAR = vid_object(12, 0, 1, 1279, 719, "n02958343", occluded=1, generated=1)
USUAL = vid_xml("a/b", 7, (1280, 720), [DOG, CAR])
VOC = """<annotation>
	<folder>n02084071</folder>
	<filename>n02084071_1</filename>
	<source>
		<database>ILSVRC_2013</database>
	</source>
	<size>
		<width>500</width>
		<height>375</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>n02084071</name>
		<subcategory>n02085620</subcategory>
		<pose>Unspecified</pose>
		<truncated>1</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>9</xmin>
			<xmax>19</xmax>
			<ymin>8</ymin>
			<ymax>27</ymax>
		</bndbox>
	</object>
</annotation>
"""


def write(folder, text, name="000007.xml"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def parsed(reader, path):
    size, objects = reader.parse(path)
    return size, [values[1:] for values in objects]


def outcome(read):
    """What it gives, or that the user is told what is wrong."""
    try:
        return read()
    except UserError as error:
        return str(error)


def last_of(reader, folder, files):
    """Size and objects of the last file."""
    found = reader.read(folder, files)
    objects = list(zip(*found.columns.values(), strict=True))
    return found.sizes[-1], objects[len(objects) - found.counts[-1] :]


@pytest.fixture
def unparsed(monkeypatch):
    """Fails where a file of the usual form goes through the parser."""

    def parse(self, path):
        raise AssertionError(f"{path} was parsed")

    monkeypatch.setattr(AnnotationReader, "parse", parse)


def test_files_as_the_download_has_them_are_not_parsed(tmp_path, unparsed):
    texts = [USUAL, vid_xml("a/b", 8, (1280, 720), []), vid_xml("a/b", 9, (1280, 720), [CAR])]
    texts.append(texts[-1].replace("\t", "").replace("\n", ""))
    names = [f"{k:06d}.xml" for k in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        write(tmp_path, text, name)
    found = READER.read(tmp_path, names)
    assert found.sizes == [(b"1280", b"720")] * 4 and found.counts == [2, 0, 1, 1]
    assert found.columns["trackid"] == (b"0", b"12", b"12", b"12")
    assert found.columns["name"] == (b"n02084071", *[b"n02958343"] * 3)
    assert found.boxes_ltwh().tolist() == [[3, 4, 8, 17], *[[0, 1, 1280, 719]] * 3]
    assert found.flags({"occluded": 1, "generated": 4}).tolist() == [0, 5, 5, 5]


def test_elements_may_stand_in_any_order(tmp_path, unparsed):
    write(tmp_path, VOC)
    found = PHOTOGRAPHS.read(tmp_path, ["000007.xml"])
    assert found.columns == {
        "name": (b"n02084071",),
        "xmin": (b"9",),
        "ymin": (b"8",),
        "xmax": (b"19",),
        "ymax": (b"27",),
        "truncated": (b"1",),
    }
    assert found.boxes_ltwh().tolist() == [[9, 8, 11, 20]]
    assert size_wh(found.sizes[0]) == (500, 375)


def test_what_deviates_is_parsed(tmp_path):
    text = USUAL.replace("<annotation>", '<?xml version="1.0"?>\n<annotation verified="yes">', 1)
    text = text.replace("<xmax>10</xmax>", "<xmax> 10.5 </xmax>").replace("n02084071", "d&#111;g")
    write(tmp_path, text)
    found = READER.read(tmp_path, ["000007.xml"])
    assert found.columns["name"] == (b"dog", b"n02958343")
    assert found.boxes_ltwh().tolist() == [[3, 4, 8.5, 17], [0, 1, 1280, 719]]
    write(tmp_path, "<annotation/>")
    assert READER.read(tmp_path, ["000007.xml"]).sizes == [None]


def test_a_large_file_is_read_as_well(tmp_path):
    write(tmp_path, vid_xml("a/b", 7, (64, 48), [vid_object(k, 1, 2, 3, 4) for k in range(100)]))
    found = READER.read(tmp_path, ["000007.xml"])
    assert found.counts == [100] and found.columns["trackid"][99] == b"99"


pieces = st.sampled_from(
    [
        "<object>",
        "</object>",
        "<size>",
        "<bndbox>",
        "<annotation>",
        "</annotation>",
        "<xmin>5</xmin>",
        "<trackid>3</trackid>",
        "<width>9</width>",
        "<object>4</object>",
        "<size>4</size>",
        "<xmin/>",
        "<!-- <xmin>5</xmin> -->",
        '<xmin unit="px">5</xmin>',
        "&amp;",
        "&nothing;",
        "]]>",
        "\x0b",
        "\xa0",
        "<1x>2</1x>",
        "<x>2</x >",
        " ",
        "-",
        "7",
        ".5",
        "n",
        "",
    ]
)
edits = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 60), pieces), max_size=3)


def edited(text, changes):
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    return text


@pytest.mark.parametrize(("reader", "text"), [(READER, USUAL), (PHOTOGRAPHS, VOC)])
@settings(max_examples=300, deadline=None)
@given(changes=edits)
@example(changes=[])
@example(changes=[(USUAL.index("<object>"), 0, "<object>4</object><xmin>5</xmin>")])
@example(changes=[(USUAL.index("<size>"), 0, "<size><height>4</height><width>3</width></size>")])
@example(changes=[(USUAL.index("</size>"), 0, "<width>9</width>")])
@example(changes=[(USUAL.index("</annotation>"), 0, "junk &nothing;")])
@example(changes=[(len(USUAL), 0, USUAL)])
@example(changes=[(USUAL.index("000007"), 6, "<b>07</b>")])
def test_every_way_reads_the_same(tmp_path_factory, reader, text, changes):
    folder = tmp_path_factory.mktemp("labels")
    write(folder, text, "000006.xml")
    path = write(folder, edited(text, changes))
    expected = outcome(lambda: parsed(reader, path))
    # alone, and behind a file that it may be like
    assert outcome(lambda: last_of(reader, folder, [path.name])) == expected
    assert outcome(lambda: last_of(reader, folder, ["000006.xml", path.name])) == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<annotation>", '<!DOCTYPE a [<!ENTITY e "x">]><annotation>', "declares the XML entity"),
        ("</bndbox>", "", "is not well-formed XML"),
        ("annotation>", "html>", r"line 1: <html> is no <annotation> of an image"),
        ("<trackid>0</trackid>", "", r"line 22: the object that ends here has no <trackid>"),
        ("<xmin>3<", "<xmin>left<", r"line 22: <xmin> of the object that ends here is 'left'"),
        ("<xmin>3<", "<xmin>1e3<", r"is '1e3'; a number is right"),
        ("<width>1280<", "<width>wide<", r"line 8: <width> of the size is 'wide'; a number of pix"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, old, new, told):
    write(tmp_path, USUAL, "000006.xml")
    path = write(tmp_path, USUAL.replace(old, new))
    with pytest.raises(UserError, match=rf"{path}.*{told}"):
        READER.read(tmp_path, ["000006.xml", path.name])


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match=r"000001\.xml: there is no such file of labels"):
        READER.read(tmp_path, ["000001.xml"])


def test_a_size_of_nothing_is_none():
    assert size_wh(None) is None and size_wh((b"0", b"10")) is None
