"""Markup that every presentation shares: theme, masters, layouts, properties, relations."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from optiviz.rendering.encode.xml_words import xml_text

A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Relation:
    """A kind of relation between parts, and, once it is `at` a part, its target and number."""

    kind: str
    target: str = ""
    number: int = 0

    def at(self, target: str, number: int) -> "Relation":
        """The relation to a part."""
        return Relation(self.kind, target, number)


KINDS = (
    "slide", "slideMaster", "slideLayout", "notesMaster", "notesSlide", "theme", "presProps", "viewProps",
    "tableStyles", "image", "video",
)  # fmt: skip
RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {kind: Relation(f"{OFFICE}/{kind}") for kind in KINDS}
    | {
        "media": Relation("http://schemas.microsoft.com/office/2007/relationships/media"),
        "document": Relation(f"{OFFICE}/officeDocument"),
        "core": Relation(
            "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
        ),
        "app": Relation(f"{OFFICE}/extended-properties"),
    }
)
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "/docProps/core.xml": "core-properties",
        "/docProps/app.xml": "extended-properties",
        "/ppt/presentation.xml": "presentationml.presentation.main",
        "/ppt/presProps.xml": "presentationml.presProps",
        "/ppt/viewProps.xml": "presentationml.viewProps",
        "/ppt/tableStyles.xml": "presentationml.tableStyles",
        "/ppt/slideMasters/slideMaster1.xml": "presentationml.slideMaster",
        "/ppt/slideLayouts/slideLayout1.xml": "presentationml.slideLayout",
        "/ppt/slideLayouts/slideLayout2.xml": "presentationml.slideLayout",
        "/ppt/notesMasters/notesMaster1.xml": "presentationml.notesMaster",
        "/ppt/theme/theme1.xml": "theme",
        "/ppt/theme/theme2.xml": "theme",
    }
)


def xml(body: str) -> str:
    """A part."""
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{body}'


def paragraphs(words: str) -> str:
    """A paragraph for each line."""
    lines = [" ".join(line.split()) for line in words.strip().splitlines()] or [""]
    run = '<a:r><a:rPr lang="en-US" dirty="0"/><a:t>{}</a:t></a:r>'
    return "".join(f"<a:p>{run.format(xml_text(line)) if line else ''}</a:p>" for line in lines)


def relations(*links: Relation) -> str:
    """The relations of a part."""
    told = "".join(
        f'<Relationship Id="rId{link.number}" Type="{link.kind}" Target="{link.target}"/>' for link in links
    )
    return xml(
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{told}'
        "</Relationships>"
    )


def fixed_parts(wide: int, tall: int) -> dict[str, str]:
    """The parts that do not depend on the slides but on their size."""
    above = f'<a:off x="0" y="{-tall // 6}"/><a:ext cx="{wide}" cy="{tall // 8}"/>'
    middle = f'<a:off x="{wide // 12}" y="{tall // 3}"/><a:ext cx="{wide - wide // 6}" cy="{tall // 3}"/>'
    return {
        "_rels/.rels": relations(
            RELATIONS["document"].at("ppt/presentation.xml", 1),
            RELATIONS["core"].at("docProps/core.xml", 2),
            RELATIONS["app"].at("docProps/app.xml", 3),
        ),
        "docProps/app.xml": xml(
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
            "<Application>optiviz</Application></Properties>"
        ),
        "ppt/presProps.xml": xml(f"<p:presentationPr {A} {R} {P}/>"),
        "ppt/viewProps.xml": xml(f"<p:viewPr {A} {R} {P}/>"),
        "ppt/tableStyles.xml": xml(f'<a:tblStyleLst {A} def="{{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}}"/>'),
        "ppt/theme/theme1.xml": THEME,
        "ppt/theme/theme2.xml": THEME,
        "ppt/slideMasters/slideMaster1.xml": master(middle),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
            RELATIONS["slideLayout"].at("../slideLayouts/slideLayout1.xml", 1),
            RELATIONS["slideLayout"].at("../slideLayouts/slideLayout2.xml", 2),
            RELATIONS["theme"].at("../theme/theme1.xml", 3),
        ),
        "ppt/slideLayouts/slideLayout1.xml": slide_layout("titleOnly", "Clip", "title", above),
        "ppt/slideLayouts/slideLayout2.xml": slide_layout("title", "Section", "ctrTitle", middle),
        **dict.fromkeys(
            [f"ppt/slideLayouts/_rels/slideLayout{k}.xml.rels" for k in (1, 2)],
            relations(RELATIONS["slideMaster"].at("../slideMasters/slideMaster1.xml", 1)),
        ),
        "ppt/notesMasters/notesMaster1.xml": NOTES_MASTER,
        "ppt/notesMasters/_rels/notesMaster1.xml.rels": relations(
            RELATIONS["theme"].at("../theme/theme2.xml", 1)
        ),
    }


TREE = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
COLORS = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
GROUND = '<p:bg><p:bgRef idx="1001"><a:schemeClr val="bg1"/></p:bgRef></p:bg>'


def placeholder(kind: str, place: str, number: int = 2, words: str = "Title", settings: str = "") -> str:
    """A place for a text."""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{words}"/>'
        f'<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph {kind}/></p:nvPr></p:nvSpPr>'
        f'<p:spPr><a:xfrm>{place}</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f'<p:txBody><a:bodyPr anchor="ctr">{settings}</a:bodyPr><a:lstStyle/>'
        f'<a:p><a:r><a:rPr lang="en-US"/><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>'
    )


def master(place: str) -> str:
    """The master of all slides: a title in large type."""
    title = placeholder('type="title"', place, settings="<a:normAutofit/>")
    fonts = '<a:latin typeface="+mj-lt"/><a:ea typeface="+mj-ea"/><a:cs typeface="+mj-cs"/>'
    style = (
        '<p:titleStyle><a:lvl1pPr algn="ctr"><a:defRPr sz="4400" b="1"><a:solidFill><a:schemeClr val="tx1"/>'
        f"</a:solidFill>{fonts}</a:defRPr></a:lvl1pPr></p:titleStyle>"
    )
    return xml(
        f"<p:sldMaster {A} {R} {P}><p:cSld>{GROUND}<p:spTree>{TREE}{title}</p:spTree></p:cSld>{COLORS}"
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/>'
        '<p:sldLayoutId id="2147483650" r:id="rId2"/></p:sldLayoutIdLst>'
        f"<p:txStyles>{style}<p:bodyStyle/><p:otherStyle/></p:txStyles></p:sldMaster>"
    )


def slide_layout(kind: str, name: str, title: str, place: str) -> str:
    """A layout that has a title and nothing else."""
    words = f'type="{title}"'
    return xml(
        f'<p:sldLayout {A} {R} {P} type="{kind}" preserve="1"><p:cSld name="{name}"><p:spTree>{TREE}'
        f"{placeholder(words, place)}</p:spTree></p:cSld>"
        "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
    )


NOTES_MASTER = xml(
    f"<p:notesMaster {A} {R} {P}><p:cSld>{GROUND}<p:spTree>{TREE}"
    '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Slide"/><p:cNvSpPr>'
    '<a:spLocks noGrp="1" noRot="1" noChangeAspect="1"/></p:cNvSpPr>'
    '<p:nvPr><p:ph type="sldImg" idx="2"/></p:nvPr>'
    '</p:nvSpPr><p:spPr><a:xfrm><a:off x="685800" y="1143000"/><a:ext cx="5486400" cy="3086100"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:sp>'
    '<p:sp><p:nvSpPr><p:cNvPr id="3" name="Notes"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
    '<p:nvPr><p:ph type="body" sz="quarter" idx="3"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
    '<a:off x="685800" y="4400550"/><a:ext cx="5486400" cy="3600450"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>'
    '<a:p><a:r><a:rPr lang="en-US"/><a:t>Notes</a:t></a:r></a:p></p:txBody></p:sp>'
    f'</p:spTree></p:cSld>{COLORS}<p:notesStyle><a:lvl1pPr><a:defRPr sz="1200"/></a:lvl1pPr></p:notesStyle>'
    "</p:notesMaster>"
)
PALETTE = (
    ("dk1", "16181D"), ("lt1", "FFFFFF"), ("dk2", "5D646D"), ("lt2", "E3E5E8"), ("accent1", "2446E0"),
    ("accent2", "D55E00"), ("accent3", "009E73"), ("accent4", "CC79A7"), ("accent5", "648A84"),
    ("accent6", "8A9098"), ("hlink", "2446E0"), ("folHlink", "5D646D"),
)  # fmt: skip
FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
FONT = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>'
THEME = xml(
    f'<a:theme {A} name="optiviz"><a:themeElements><a:clrScheme name="optiviz">'
    + "".join(f'<a:{name}><a:srgbClr val="{color}"/></a:{name}>' for name, color in PALETTE)
    + f'</a:clrScheme><a:fontScheme name="optiviz"><a:majorFont>{FONT}</a:majorFont>'
    f"<a:minorFont>{FONT}</a:minorFont>"
    f'</a:fontScheme><a:fmtScheme name="optiviz"><a:fillStyleLst>{3 * FILL}</a:fillStyleLst><a:lnStyleLst>'
    + 3 * f'<a:ln w="9525">{FILL}</a:ln>'
    + "</a:lnStyleLst><a:effectStyleLst>"
    + 3 * "<a:effectStyle><a:effectLst/></a:effectStyle>"
    + f"</a:effectStyleLst><a:bgFillStyleLst>{3 * FILL}</a:bgFillStyleLst></a:fmtScheme></a:themeElements>"
    "</a:theme>"
)
