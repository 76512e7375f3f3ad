"""Small Word, OpenDocument and EPUB files, as the programs that people use write them."""

from __future__ import annotations

import io
import zipfile

__all__ = ["BODIES", "CHAPTERS", "ODT_BODIES", "docx", "epub", "odt", "zipped"]

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_BOLD, _EN = "<w:rPr><w:b/></w:rPr>", '<w:rPr><w:lang w:val="en-GB"/></w:rPr>'


def run(text: str, look: str = "") -> str:
    return f'<w:r w:rsidR="00A1">{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def field(code: str, shown: str) -> str:
    parts = ['<w:fldChar w:fldCharType="begin"/>', f"<w:instrText> {code} </w:instrText>"]
    parts += ['<w:fldChar w:fldCharType="separate"/>', f"<w:t>{shown}</w:t>", '<w:fldChar w:fldCharType="end"/>']
    return "".join(f"<w:r>{part}</w:r>" for part in parts)


_LINK = f'<w:hyperlink r:id="rId9" w:history="1">{run("the guide", _BOLD)}</w:hyperlink>'
_NOTE = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:sym w:font="Symbol" w:char="F0B3"/></w:r>'
_BOX = f"<w:r><w:pict><w:txbxContent><w:p>{run('In a box')}</w:p></w:txbxContent></w:pict></w:r>"
BODIES: dict[str, tuple[str, list[str]]] = {
    "plain": (f"<w:p>{run('One line.')}</w:p><w:p/><w:p>{run('12')}</w:p>", ["One line."]),
    "joined": (
        f'<w:p><w:pPr><w:jc w:val="left"/></w:pPr>{run("It was a ne")}<w:proofErr w:type="spellStart"/>'
        f'{run("w bo", _EN)}<w:proofErr w:type="spellEnd"/>{run("at &amp; old.")}</w:p>',
        ["It was a new boat & old."],
    ),
    "bold": (
        f"<w:p>{run('The ')}{run('old', _BOLD)}{run(' house and ')}{run('garden', '<w:rPr><w:i/></w:rPr>')}</w:p>",
        ["The <1>old</1> house and <2>garden</2>"],
    ),
    "all bold": (f"<w:p>{run('All of ', _BOLD)}{run('it', _BOLD)}</w:p>", ["All of it"]),
    "link": (
        f"<w:p>{run('See ')}{_LINK}{run(' now.')}</w:p><w:p>{_LINK}{run(' first.')}</w:p><w:p>{_LINK}</w:p>",
        ["See <1>the guide</1> now.", "<1>the guide</1> first.", "the guide"],
    ),
    "tabs": (
        "<w:p><w:r><w:t>Name</w:t><w:tab/><w:t>Place of birth</w:t><w:br/><w:t>Third</w:t></w:r></w:p>",
        ["Name", "Place of birth", "Third"],
    ),
    "notes": (
        f'<w:p>{run("A claim")}{_NOTE}{run(" is made.")}{_NOTE}<w:bookmarkStart w:id="0" w:name="x"/>'
        f'<w:bookmarkEnd w:id="0"/></w:p>',
        ["A claim<1/> is made."],
    ),
    "fields": (
        f"<w:p>{run('Page ')}{field('PAGE', 'seven')}{run(' of this book')}</w:p><w:p>{run('Contents')}"
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC </w:instrText></w:r></w:p>',
        ["Page <1/> of this book", "Contents"],
    ),
    "box": (f"<w:p>{run('Before ')}{_BOX}{run('after.')}</w:p>", ["Before <1/>after.", "In a box"]),
    "changes": (
        f'<w:p>{run("It is ")}<w:ins w:id="1" w:author="A">{run("new", _BOLD)}{run("er")}</w:ins><w:del w:id="2">'
        "<w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
        ["It is <1>newer</1>"],
    ),
    "table": (
        f"<w:tbl><w:tr><w:tc><w:p>{run('A cell')}</w:p></w:tc><w:tc><w:p>{run('7')}</w:p></w:tc></w:tr></w:tbl>"
        f"<w:sdt><w:sdtContent><w:p><w:sdt><w:sdtPr/><w:sdtContent>{run('A choice')}</w:sdtContent></w:sdt></w:p>"
        "</w:sdtContent></w:sdt>",
        ["A cell", "A choice"],
    ),
}
_STYLES = (
    '<style:style style:name="T1" style:family="text"><style:text-properties officeooo:rsid="0012ab"/></style:style>'
    '<style:style style:name="T2" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
)
_ODT_NOTE = (
    '<text:note text:id="n1" text:note-class="footnote"><text:note-citation>one</text:note-citation><text:note-body>'
    '<text:p text:style-name="Footnote">The note.</text:p></text:note-body></text:note>'
)
ODT_BODIES: dict[str, tuple[str, list[str]]] = {
    "plain": ("<text:h>A title</text:h>\n<text:p>One line.</text:p><text:p/>", ["A title", "One line."]),
    "idle": (
        '<text:p>It was a <text:span text:style-name="T1">ne</text:span>w boat.</text:p>',
        ["It was a new boat."],
    ),
    "bold": (
        '<text:p>The <text:span text:style-name="T2">old</text:span> house</text:p>',
        ["The <1>old</1> house"],
    ),
    "all bold": ('<text:p><text:span text:style-name="T2">All of it</text:span></text:p>', ["All of it"]),
    "tab": ("<text:p>Name<text:tab/>Place<text:line-break/>Third</text:p>", ["Name", "Place", "Third"]),
    "note": (f"<text:p>A claim{_ODT_NOTE} is made.</text:p>", ["A claim<1/> is made.", "The note."]),
    "link": (
        '<text:p>See <text:a xlink:href="https://a.b/c">the guide</text:a> now &amp; here.</text:p>',
        ["See <1>the guide</1> now & here."],
    ),
    "spaces": ('<text:p>Two <text:s text:c="2"/>words</text:p>', ["Two <1/>words"]),
    "fields": ("<text:p>Page <text:page-number>one</text:page-number> here</text:p>", ["Page <1/> here"]),
    "list": (
        "<text:list><text:list-item><text:p>First</text:p></text:list-item><text:list-item>\n<text:p>Second</text:p>"
        "</text:list-item></text:list>",
        ["First", "Second"],
    ),
    "frame": (
        "<text:p><draw:frame><draw:text-box><text:p>In a box</text:p></draw:text-box></draw:frame>Before</text:p>",
        ["In a box", "Before"],
    ),
    "cut": (
        '<text:p>One <text:span text:style-name="T1">two<text:tab/>three</text:span> four</text:p>',
        ["One <1/>two", "three<1/> four"],
    ),
}
CHAPTERS = [f"<h1>Chapter {word}</h1><p>It was <em>{word}</em> o'clock.</p>" for word in ("one", "two", "three")]


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A package; a ``mimetype`` is not packed, as both standards want it."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as package:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2020, 2, 3, 4, 5, 6))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return raw.getvalue()


def docx(body: str) -> bytes:
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    schema = "http://schemas.openxmlformats.org"
    return zipped(
        {
            "[Content_Types].xml": f'{_DECLARATION}<Types xmlns="{schema}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "_rels/.rels": f'{_DECLARATION}<Relationships xmlns="{schema}/package/2006/relationships"><Relationship '
            f'Id="rId1" Type="{schema}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
            "word/document.xml": f"{_DECLARATION}<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/media/image1.png": b"\x89PNG\r\n\x1a\n\0",
        }
    )


def odt(body: str) -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "style", "text", "manifest")
    )
    spaces += ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    spaces += ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:officeooo="http://openoffice.org/2009/office"'
    kind = "application/vnd.oasis.opendocument.text"
    return zipped(
        {
            "mimetype": kind,
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content{spaces}>'
            f"<office:automatic-styles>{_STYLES}</office:automatic-styles><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest{spaces} manifest:version="1.3"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry '
            'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        }
    )


def epub(chapters: list[str]) -> bytes:
    xhtml = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"><head>'
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>'
        "</container>",
        "OEBPS/content.opf": '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0" '
        'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A small book</dc:title>'
        '<dc:identifier id="id">urn:x</dc:identifier><dc:language>en</dc:language><dc:creator>Ana Lima</dc:creator>'
        f"</metadata><manifest>{items}</manifest><spine/></package>",
        "OEBPS/toc.ncx": '<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint>'
        '<navLabel><text>Chapter one</text></navLabel><content src="c0.xhtml"/></navPoint></navMap></ncx>',
        "OEBPS/a.css": "p { margin: 0 }",
    }
    for number, chapter in enumerate(chapters):
        members[f"OEBPS/c{number}.xhtml"] = f"{xhtml}<title>The book</title></head><body>{chapter}</body></html>\n"
    return zipped(members)
