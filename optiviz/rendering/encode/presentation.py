"""Office Open XML presentations (ISO 29500), by the standard library: slides, clips, notes, sections.

A slide is a title, a picture or a clip that fills it, and what is said with it. The title stands above the
upper edge: outline and screen readers have it, while the clip shows its own. `presentation_parts` has the
markup that every presentation shares. The order of the parts, their dates and their compression are fixed, so
that the same slides give the same bytes.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from optiviz.rendering.encode.presentation_parts import (
    CONTENT_TYPES,
    RELATIONS,
    fixed_parts,
    paragraphs,
    relations,
    xml,
)
from optiviz.rendering.encode.xml_words import attribute, xml_text

TALL = 6_858_000  # EMU (914,400 an inch) of a slide: 7.5 inches
NARROWEST, WIDEST = 914_400, 51_206_400  # that a slide may be
FIRST_SLIDE, MOVIE, POSTER, NOTES = 256, 2, 3, 4  # the first number of a slide; relations of one
SHAPE_OF_TITLE, SHAPE_OF_CLIP = 2, 3
MEDIA = {".mp4": "video/mp4", ".gif": "image/gif", ".png": "image/png"}


@dataclass(frozen=True)
class Slide:
    """One slide of a presentation.

    Parameters
    ----------
    title : str
        For the outline; plain text.
    poster : bytes
        A PNG, or the GIF that is played; none: a slide of its title in large type.
    movie : bytes
        An MP4, or nothing where the picture is all.
    size : (width, height), default (16, 9)
        Of picture and clip, in any unit.
    alt : str
        The alt text.
    notes : str
        For the speaker; a line is a paragraph.
    seconds : float
        How long the clip is.
    loop : bool
        Whether it begins anew when it ends.
    bookmarks : sequence of (str, float)
        Where it may be stopped: a name, and the second.
    ground : str, default "#ffffff"
        The colour around the picture.
    ink : str, default "#000000"
        The colour of a title in large type.
    vector : bytes
        The picture in lines and letters, a PDF of one page, for a handout.
    is_build : bool, default False
        Whether it is a moment of the clip before it.
    page : str
        The text of an HTML page to touch in place of the picture, where slides are a page themselves.
    """

    title: str
    poster: bytes = b""
    movie: bytes = b""
    size: tuple[int, int] = (16, 9)
    alt: str = ""
    notes: str = ""
    seconds: float = 0.0
    loop: bool = False
    bookmarks: Sequence[tuple[str, float]] = ()
    ground: str = "#ffffff"
    ink: str = "#000000"
    vector: bytes = b""
    is_build: bool = False
    page: str = ""

    @property
    def is_section(self) -> bool:
        """Whether it is a title in large type, and begins a section."""
        return not self.poster


def write_presentation(
    file: Path, slides: Sequence[Slide], *, title: str, author: str = "", size: tuple[int, int] = (16, 9)
) -> None:
    """Write slides of the shape `size` to a `.pptx` file; the same slides give the same bytes."""
    wide = min(max(round(TALL * size[0] / size[1]), NARROWEST), WIDEST)
    parts: dict[str, bytes] = {name: body.encode() for name, body in fixed_parts(wide, TALL).items()}
    kinds = dict(CONTENT_TYPES)
    media: dict[str, bytes] = {}
    for k, slide in enumerate(slides, start=1):
        links = [RELATIONS["slideLayout"].at(f"../slideLayouts/slideLayout{1 + slide.is_section}.xml", 1)]
        if slide.poster:
            picture = f"poster{k}{suffix_of_image(slide.poster)}"
            media[picture] = slide.poster
            links.append(RELATIONS["image"].at(f"../media/{picture}", POSTER))
        if slide.movie:
            media[f"clip{k}.mp4"] = slide.movie
            links.append(RELATIONS["media"].at(f"../media/clip{k}.mp4", MOVIE))
            links.append(RELATIONS["video"].at(f"../media/clip{k}.mp4", MOVIE + 10))
        if slide.notes:
            links.append(RELATIONS["notesSlide"].at(f"../notesSlides/notesSlide{k}.xml", NOTES))
            parts[f"ppt/notesSlides/notesSlide{k}.xml"] = notes_xml(slide).encode()
            parts[f"ppt/notesSlides/_rels/notesSlide{k}.xml.rels"] = relations(
                RELATIONS["notesMaster"].at("../notesMasters/notesMaster1.xml", 1),
                RELATIONS["slide"].at(f"../slides/slide{k}.xml", 2),
            ).encode()
            kinds[f"/ppt/notesSlides/notesSlide{k}.xml"] = "presentationml.notesSlide"
        parts[f"ppt/slides/slide{k}.xml"] = slide_xml(slide, wide, TALL).encode()
        parts[f"ppt/slides/_rels/slide{k}.xml.rels"] = relations(*links).encode()
        kinds[f"/ppt/slides/slide{k}.xml"] = "presentationml.slide"
    parts["ppt/presentation.xml"] = presentation_xml(slides, wide).encode()
    parts["ppt/_rels/presentation.xml.rels"] = presentation_relations(len(slides)).encode()
    parts["docProps/core.xml"] = core_xml(title, author).encode()
    parts = {"[Content_Types].xml": content_types(kinds, media).encode(), **parts}
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in parts.items():
            archive.writestr(entry(name), body, zipfile.ZIP_DEFLATED, 6)
        for name, body in media.items():  # these are compressed already
            archive.writestr(entry(f"ppt/media/{name}"), body, zipfile.ZIP_STORED)


def entry(name: str) -> zipfile.ZipInfo:
    """A place in the archive that tells neither clock nor system."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 0, 0
    return info


def suffix_of_image(image: bytes) -> str:
    """Of a GIF or a PNG."""
    return ".gif" if image.startswith(b"GIF8") else ".png"


def content_types(kinds: dict[str, str], media: dict[str, bytes]) -> str:
    """The types of all parts; those of media go by their suffix."""
    suffixes = sorted({Path(name).suffix for name in media})
    defaults = "".join(
        f'<Default Extension="{suffix[1:]}" ContentType="{MEDIA[suffix]}"/>' for suffix in suffixes
    )
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="application/vnd.openxmlformats-'
        f'{"package" if kind.startswith("core") else "officedocument"}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    return xml(
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{defaults}{overrides}</Types>'
    )


def core_xml(title: str, author: str) -> str:
    """Title and author, and no date."""
    told = f"<dc:title>{xml_text(title)}</dc:title>" + f"<dc:creator>{xml_text(author)}</dc:creator>" * bool(
        author
    )
    return xml(
        "<cp:coreProperties "
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{told}</cp:coreProperties>'
    )


def presentation_relations(count: int) -> str:
    """What the presentation is made of: its masters, settings, and slides."""
    kinds = ("slideMaster", "notesMaster", "presProps", "viewProps", "theme", "tableStyles")
    homes = (
        "slideMasters/slideMaster1",
        "notesMasters/notesMaster1",
        "presProps",
        "viewProps",
        "theme/theme1",
        "tableStyles",
    )
    own = [
        RELATIONS[kind].at(f"{home}.xml", k)
        for k, (kind, home) in enumerate(zip(kinds, homes, strict=True), start=1)
    ]
    slides = [RELATIONS["slide"].at(f"slides/slide{k}.xml", len(own) + k) for k in range(1, count + 1)]
    return relations(*own, *slides)


def presentation_xml(slides: Sequence[Slide], wide: int) -> str:
    """The order of the slides, their size, and the sections of PowerPoint's outline."""
    listed = "".join(f'<p:sldId id="{FIRST_SLIDE + k}" r:id="rId{7 + k}"/>' for k in range(len(slides)))
    return xml(
        '<p:presentation xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" saveSubsetFonts="1">'
        '<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        '<p:notesMasterIdLst><p:notesMasterId r:id="rId2"/></p:notesMasterIdLst>'
        f"<p:sldIdLst>{listed}</p:sldIdLst>"
        f'<p:sldSz cx="{wide}" cy="{TALL}"/><p:notesSz cx="6858000" cy="9144000"/>{sections(slides)}'
        "</p:presentation>"
    )


def sections(slides: Sequence[Slide]) -> str:
    """The sections: each begins with a slide of its title; what stands before the first one has the title of
    the first slide."""
    begins = [k for k, slide in enumerate(slides) if slide.is_section]
    if not begins:
        return ""
    begins = begins if begins[0] == 0 else [0, *begins]
    told = ""
    for begin, end in zip(begins, [*begins[1:], len(slides)], strict=True):
        key = uuid5(NAMESPACE_URL, f"optiviz section {begin} {slides[begin].title}")
        inside = "".join(f'<p14:sldId id="{FIRST_SLIDE + k}"/>' for k in range(begin, end))
        name = attribute(slides[begin].title or "Start")
        told += (
            f'<p14:section name="{name}" id="{{{str(key).upper()}}}"><p14:sldIdLst>{inside}</p14:sldIdLst>'
        )
        told += "</p14:section>"
    return (
        '<p:extLst><p:ext uri="{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"><p14:sectionLst '
        'xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">'
        f"{told}</p14:sectionLst></p:ext></p:extLst>"
    )


def slide_xml(slide: Slide, wide: int, tall: int) -> str:
    """A slide: its title, and the clip or the picture as large as there is room for."""
    kind = "ctrTitle" if slide.is_section else "title"
    color = f'<a:solidFill><a:srgbClr val="{slide.ink[1:7].upper()}"/></a:solidFill>' * slide.is_section
    title = (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{SHAPE_OF_TITLE}" name="Title"/>'
        f'<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        "<p:spPr/>"
        f'<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:r><a:rPr lang="en-US" dirty="0">{color}</a:rPr>'
        f"<a:t>{xml_text(slide.title)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    ground = slide.ground[1:7].upper()
    return xml(
        '<p:sld xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld>'
        f'<p:bg><p:bgPr><a:solidFill><a:srgbClr val="{ground}"/></a:solidFill><a:effectLst/></p:bgPr></p:bg>'
        '<p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr/>{title}{picture_xml(slide, wide, tall)}</p:spTree></p:cSld>"
        f"<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>{timing_xml(slide)}</p:sld>"
    )


def picture_xml(slide: Slide, wide: int, tall: int) -> str:
    """The picture of a slide, with the movie behind it where there is one."""
    if not slide.poster:
        return ""
    width, height = slide.size
    scale = min(wide / width, tall / height)
    cx, cy = round(scale * width), round(scale * height)
    click = movie = ""
    if slide.movie:
        click = '<a:hlinkClick r:id="" action="ppaction://media"/>'
        stops = "".join(
            f'<p14:bmk name="{attribute(name)}" time="{round(1000 * second)}"/>'
            for name, second in slide.bookmarks
        )
        marks = f"<p14:bmkLst>{stops}</p14:bmkLst>" * bool(stops)
        movie = (
            f'<a:videoFile r:link="rId{MOVIE + 10}"/><p:extLst>'
            '<p:ext uri="{DAA4B4D4-6D71-4841-9C94-3DE7FCFB9230}"><p14:media '
            'xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" '
            f'r:embed="rId{MOVIE}">{marks}</p14:media></p:ext></p:extLst>'
        )
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="{SHAPE_OF_CLIP}" name="{"Clip" if slide.movie else "Picture"}" '
        f'descr="{attribute(slide.alt)}">{click}</p:cNvPr>'
        f'<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr>{movie}</p:nvPr></p:nvPicPr>'
        f'<p:blipFill><a:blip r:embed="rId{POSTER}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        f'<p:spPr><a:xfrm><a:off x="{(wide - cx) // 2}" y="{(tall - cy) // 2}"/><a:ext cx="{cx}" cy="{cy}"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'
    )


def timing_xml(slide: Slide) -> str:
    """The clip starts with its slide, halts and goes on with a click, and begins anew if it loops."""
    if not slide.movie:
        return ""
    target = f'<p:tgtEl><p:spTgt spid="{SHAPE_OF_CLIP}"/></p:tgtEl>'
    clicked = f'<p:cond evt="onClick" delay="0">{target}</p:cond>'
    at_once = '<p:stCondLst><p:cond delay="0"/></p:stCondLst>'
    play = (
        '<p:par><p:cTn id="5" presetID="1" presetClass="mediacall" presetSubtype="0" fill="hold" '
        f'nodeType="afterEffect">{at_once}<p:childTnLst><p:cmd type="call" cmd="playFrom(0.0)"><p:cBhvr>'
        f'<p:cTn id="6" dur="{round(1000 * slide.seconds)}" fill="hold"/>{target}</p:cBhvr></p:cmd>'
        "</p:childTnLst></p:cTn></p:par>"
    )
    halt = (
        '<p:par><p:cTn id="10" presetID="2" presetClass="mediacall" presetSubtype="0" fill="hold" '
        f'nodeType="clickEffect">{at_once}<p:childTnLst><p:cmd type="call" cmd="togglePause"><p:cBhvr>'
        f'<p:cTn id="11" dur="1" fill="hold"/>{target}</p:cBhvr></p:cmd></p:childTnLst></p:cTn></p:par>'
    )
    inside = '<p:par><p:cTn id="{}" fill="hold">{}<p:childTnLst>{}</p:childTnLst></p:cTn></p:par>'
    shown = (
        '<p:stCondLst><p:cond delay="indefinite"/><p:cond evt="onBegin" delay="0"><p:tn val="2"/></p:cond>'
        "</p:stCondLst>"
    )
    step = '<p:cond evt="{}" delay="0"><p:tgtEl><p:sldTgt/></p:tgtEl></p:cond>'
    again = 'repeatCount="indefinite" ' * slide.loop
    return (
        '<p:timing><p:tnLst><p:par><p:cTn id="1" dur="indefinite" restart="never" nodeType="tmRoot">'
        '<p:childTnLst><p:seq concurrent="1" nextAc="seek"><p:cTn id="2" dur="indefinite" nodeType="mainSeq">'
        f"<p:childTnLst>{inside.format(3, shown, inside.format(4, at_once, play))}</p:childTnLst></p:cTn>"
        f"<p:prevCondLst>{step.format('onPrev')}</p:prevCondLst>"
        f"<p:nextCondLst>{step.format('onNext')}</p:nextCondLst></p:seq>"
        '<p:seq concurrent="1" nextAc="seek"><p:cTn id="7" restart="whenNotActive" fill="hold" '
        f'evtFilter="cancelBubble" nodeType="interactiveSeq"><p:stCondLst>{clicked}</p:stCondLst>'
        '<p:endSync evt="end" delay="0"><p:rtn val="all"/></p:endSync><p:childTnLst>'
        f"{inside.format(8, at_once, inside.format(9, at_once, halt))}</p:childTnLst></p:cTn>"
        f"<p:nextCondLst>{clicked}</p:nextCondLst></p:seq>"
        f'<p:video><p:cMediaNode vol="80000"><p:cTn id="12" {again}fill="hold" display="0"><p:stCondLst>'
        f'<p:cond delay="indefinite"/></p:stCondLst></p:cTn>{target}</p:cMediaNode></p:video>'
        "</p:childTnLst></p:cTn></p:par></p:tnLst></p:timing>"
    )


def notes_xml(slide: Slide) -> str:
    """The page of notes: the slide, small, and what to say with it."""
    return xml(
        '<p:notes xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld><p:spTree>'
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Slide"/><p:cNvSpPr>'
        '<a:spLocks noGrp="1" noRot="1" noChangeAspect="1"/></p:cNvSpPr>'
        '<p:nvPr><p:ph type="sldImg"/></p:nvPr></p:nvSpPr><p:spPr/></p:sp>'
        '<p:sp><p:nvSpPr><p:cNvPr id="3" name="Notes"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        '<p:nvPr><p:ph type="body" idx="1"/></p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/>{paragraphs(slide.notes)}</p:txBody></p:sp>"
        "</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:notes>"
    )
