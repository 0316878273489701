"""Views, overlays, scopes, guides and the probe of the page's picture, each against what it has to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from browser import Chromium, chromium_path
from display_twins import light_of, twin
from numpy.typing import NDArray
from picture_page import PicturePage, codes, page

from dcp.picture.colour.displays import Display, Grid, Module, display_named
from dcp.picture.colour.output import convert
from player.web.displays import display_document, dither_document
from watermark.dither import noise

pytestmark = [pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed")]

DISPLAY = "rec709"


@pytest.fixture(scope="module")
def opened(chromium: Chromium) -> Iterator[PicturePage]:
    with page(chromium) as found:
        found.tab.evaluate("window.scopes = modules.scopes.createScopes(picture); 0")
        yield found
        assert found.tab.said() == []


@pytest.fixture
def shown(opened: PicturePage) -> PicturePage:
    """As it is at first."""
    opened.set(DISPLAY, hdr=False, view="left", overlay={"gamut": False, "clipping": False}, dither=None)
    return opened


def best(xyz: NDArray[np.uint16]) -> NDArray[np.uint8]:
    return np.floor(twin(xyz, DISPLAY, top=255) + 0.5).astype(np.uint8)


def anything(height: int = 54, width: int = 96, seed: int = 1) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(0, 4096, (height, width, 3), dtype=np.uint16)


def bars() -> NDArray[np.uint16]:
    """White and the six colours of 75 % in Rec.709, in columns of 12."""
    rgb = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1]]) * 0.75
    light = rgb**2.4 @ np.array(display_named(DISPLAY).matrix).T * 48
    xyz = np.rint((light / 52.37) ** (1 / 2.6) * 4095).astype(np.uint16)
    return np.ascontiguousarray(np.repeat(np.broadcast_to(xyz, (20, 7, 3)), 12, axis=1))


# --- views -----


def test_one_eye_both_in_red_and_cyan_and_how_they_differ(shown: PicturePage) -> None:
    left, right = anything(seed=2), anything(seed=3)
    one, other = best(left), best(right)
    shown.show(np.concatenate([left, right], axis=1), views=2)
    wanted = {
        "left": one,
        "right": other,
        "both": np.concatenate([one, other], axis=1),
        "anaglyph": np.dstack([one[..., 0], other[..., 1], other[..., 2]]),
        "difference": np.abs(one.astype(int) - other).astype(np.uint8),
    }
    for view, picture in wanted.items():
        shown.set(view=view)
        assert (shown.seen() == picture).all(), view


@pytest.mark.parametrize("view", ["right", "both", "anaglyph", "difference"])
def test_a_film_without_a_second_eye_is_the_same_in_every_view(shown: PicturePage, view: str) -> None:
    xyz = anything(seed=4)
    shown.set(view=view)
    shown.show(xyz)
    assert (shown.seen() == best(xyz)).all()


# --- overlays -----


def outside(xyz: NDArray[np.uint16]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the display lacks the colour, where it is too dark for it; by more than 0.2 % of a white."""
    rgb = light_of(xyz) @ np.linalg.inv(np.array(display_named(DISPLAY).matrix)).T / 48
    return rgb.min(axis=-1) < -0.002, rgb.max(axis=-1) > 1.002


def test_stripes_lie_on_what_the_display_lacks_and_nowhere_else(shown: PicturePage) -> None:
    xyz = codes()[60:]
    gamut, clipping = outside(xyz)
    plain = best(xyz)
    y, x = np.indices(gamut.shape)
    rising, falling = ((x + y) & 4) == 0, ((x - y) & 4) == 0
    for on, where, colour in (
        ("gamut", gamut & rising, (255, 0, 255)),
        ("clipping", clipping & falling, (255, 0, 0)),
    ):
        shown.set(overlay={"gamut": on == "gamut", "clipping": on == "clipping"})
        shown.show(xyz)
        wanted = np.where(where[..., None], np.array(colour, np.uint8), plain)
        assert 100 < where.sum() < where.size / 2
        assert (shown.seen() != wanted).any(
            axis=-1
        ).sum() <= 2  # at the very limit single precision may differ


def test_as_many_are_counted_outside_as_the_show_counts(shown: PicturePage) -> None:
    xyz = anything(120, 200, seed=5)
    shown.show(xyz)
    found = shown.tab.evaluate("scopes.outside()")
    gamut, clipping = outside(xyz)
    assert found == {"pixels": gamut.size, "gamut": int(gamut.sum()), "clipping": int(clipping.sum())}
    _, show_counts = convert(xyz, display_named(DISPLAY), bits=8)
    assert (gamut | clipping).sum() == show_counts


# --- scopes -----


def counts(shown: PicturePage, kind: str, height: int, width: int) -> NDArray[np.float32]:
    return shown.array(f"scopes.counts('{kind}')", np.float32).reshape(height, width, 4)


def drawn(shown: PicturePage, kind: str, **options: Any) -> NDArray[np.uint8]:
    said = json.dumps(options)
    size = shown.tab.evaluate(f"""(() => {{ window.scope = document.createElement("canvas");
      if (!scopes.draw("{kind}", scope, {said})) return null; return [scope.height, scope.width]; }})()""")
    data = shown.tab.bytes_of("scope.getContext('2d').getImageData(0, 0, scope.width, scope.height).data")
    return np.frombuffer(data, np.uint8).reshape(*size, 4)[..., :3]


def luma(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.floor(rgb @ np.array([0.2126, 0.7152, 0.0722]) + 0.5).astype(int)


def test_waveform_counts_every_sample_where_it_stands(shown: PicturePage) -> None:
    xyz = anything(90, 160, seed=6)
    shown.show(xyz)
    rgb, found = best(xyz), counts(shown, "waveform", 256, 512)
    column = np.broadcast_to(np.arange(160) * 512 // 160, rgb.shape[:2])
    for channel in range(3):
        wanted = np.zeros((256, 512))
        np.add.at(wanted, (rgb[..., channel], column), 1)
        assert (found[..., channel] == wanted).all()
    wanted = np.zeros((256, 512))
    np.add.at(wanted, (luma(rgb), column), 1)
    assert found[..., 3].sum() == wanted.sum()
    assert np.abs(found[..., 3] - wanted).sum() <= 0.001 * wanted.sum()  # halves, rounded either way


def test_waveform_is_drawn_with_light_above_and_each_channel_in_its_place(shown: PicturePage) -> None:
    """Red rises from left to right, green falls, blue stands at a quarter."""
    ramp = np.linspace(0, 1, 256)
    rgb = np.stack([ramp, 1 - ramp, np.full(256, 0.25)], axis=1)
    light = rgb**2.4 @ np.array(display_named(DISPLAY).matrix).T * 48
    xyz = np.rint((light / 52.37) ** (1 / 2.6) * 4095).astype(np.uint16)
    xyz = np.ascontiguousarray(np.broadcast_to(xyz, (40, 256, 3)))
    shown.show(xyz)
    codes_seen = best(xyz)[0]
    column = np.arange(256) * 2
    picture = drawn(shown, "waveform", waveform="rgb")
    assert picture.shape == (256, 512, 3)
    for channel in range(3):
        rows = 255 - codes_seen[:, channel].astype(int)
        assert (picture[rows, column, channel] > 200).all()
    off_lines = picture[5:60, 240:260]  # nobody is there but the words of the scale
    assert off_lines.max() == 0
    parade = drawn(shown, "waveform", waveform="parade")
    for channel, third in enumerate(np.array_split(np.arange(512), 3)):
        mine = parade[:, third[2:-2]]
        strength = [(mine[..., each].astype(int) - mine.min(axis=-1) > 100).sum() for each in range(3)]
        assert strength[channel] > 100 and sum(strength) == strength[channel]
    grey = drawn(shown, "waveform", waveform="luma")
    lit = grey[255 - luma(best(xyz)[0]), column]
    assert (lit[:, 1] > 200).all() and (lit[:, 1] > lit[:, 0]).all()


def test_vectorscope_counts_and_its_targets_are_where_bars_fall(shown: PicturePage) -> None:
    xyz = anything(90, 160, seed=7)
    shown.show(xyz)
    rgb = best(xyz).astype(float)
    y = rgb @ np.array([0.2126, 0.7152, 0.0722])
    cb = np.clip(np.floor((rgb[..., 2] - y) / 1.8556 + 128.5), 0, 255).astype(int)
    cr = np.clip(np.floor((rgb[..., 0] - y) / 1.5748 + 128.5), 0, 255).astype(int)
    wanted = np.zeros((256, 256))
    np.add.at(wanted, (cr, cb), 1)
    found = counts(shown, "vectorscope", 256, 256)[..., 0]
    assert found.sum() == wanted.sum() == 90 * 160
    assert np.abs(found - wanted).sum() <= 0.003 * wanted.sum()  # of two channels at an end all are halves

    shown.show(bars())
    picture = drawn(shown, "vectorscope").astype(int)
    targets = {
        "Yl": (1, 1, 0),
        "Cy": (0, 1, 1),
        "G": (0, 1, 0),
        "Mg": (1, 0, 1),
        "R": (1, 0, 0),
        "B": (0, 0, 1),
    }
    lit = picture.max(axis=-1)
    for name, colour in {"white": (1, 1, 1), **targets}.items():
        at = shown.tab.evaluate(f"modules.scopes.placeOf({','.join(str(0.75 * each) for each in colour)})")
        red, green, blue = (np.array(colour) * 191.25).tolist()
        gray = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        assert at["x"] == pytest.approx(128 + (blue - gray) / 1.8556, abs=0.6), name
        assert at["y"] == pytest.approx(127 - (red - gray) / 1.5748, abs=0.6), name
        x, y_ = round(at["x"]), round(at["y"])
        assert lit[y_ - 7 : y_ + 8, x - 7 : x + 8].max() > 120, name  # twelve bits turn black into code 5
    dark = lit.copy()
    for colour in ((1, 1, 1), *targets.values()):
        at = shown.tab.evaluate(f"modules.scopes.placeOf({','.join(str(0.75 * each) for each in colour)})")
        dark[
            max(round(at["y"]) - 9, 0) : round(at["y"]) + 10, max(round(at["x"]) - 9, 0) : round(at["x"]) + 30
        ] = 0
    dark[126:129] = 0
    dark[:, 127:129] = 0
    assert dark.max() == 0


def test_histogram_counts_the_codes_of_the_film(shown: PicturePage) -> None:
    xyz = anything(80, 160, seed=8) // 3 * 2
    shown.show(xyz)
    found = counts(shown, "histogram", 1, 512)[0]
    for channel in range(3):
        assert (found[:, channel] == np.bincount(xyz[..., channel].ravel() >> 3, minlength=512)).all()

    flat = np.empty((40, 60, 3), np.uint16)
    flat[...] = 800, 2400, 3600
    shown.show(flat)
    picture = drawn(shown, "histogram").astype(int)
    assert picture.shape == (128, 512, 3)
    for channel, code in enumerate((800, 2400, 3600)):
        colour = np.eye(3, dtype=int)[channel] * 255
        assert (picture[20:, code >> 3] == colour).all()
        assert picture[20:, (code >> 3) + 3].max() == 0


def test_a_scope_of_one_eye_counts_that_eye(shown: PicturePage) -> None:
    left, right = np.full((20, 30, 3), 800, np.uint16), np.full((20, 30, 3), 3200, np.uint16)
    shown.show(np.concatenate([left, right], axis=1), views=2)
    for view, filled in {"left": {100}, "right": {400}, "both": {100, 400}}.items():
        shown.set(view=view)
        found = counts(shown, "histogram", 1, 512)[0, :, 0]
        assert set(np.flatnonzero(found).tolist()) == filled
        assert found.sum() == 600 * len(filled)


@pytest.mark.parametrize("most", [2048, 255])
def test_scopes_are_drawn_where_a_graphics_card_cannot_add_floats(chromium: Chromium, most: int) -> None:
    """As tablets are: counts end at 2,048, or at 255."""
    lacks = ["EXT_float_blend", *(["EXT_color_buffer_float", "EXT_color_buffer_half_float"] * (most == 255))]
    flat = np.empty((60, 80, 3), np.uint16)
    flat[...] = 800, 2400, 3600
    flat[:, 0] = 2000
    with page(chromium, without=lacks) as plain:
        plain.tab.evaluate("window.scopes = modules.scopes.createScopes(picture); 0")
        plain.set(DISPLAY)
        plain.show(flat)
        assert plain.tab.evaluate("[scopes.counts('waveform'), scopes.outside()]") == [None, None]
        histogram = drawn(plain, "histogram").astype(int)
        assert (histogram[20:, 100] == (255, 0, 0)).all() and (histogram[20:, 450] == (0, 0, 255)).all()
        assert histogram[127, 250].min() == 255 and histogram[20, 250].max() == 0  # a column of the picture
        high = 128 * np.log(61) / np.log(1 + min(4800, most))  # 60 rows, on a scale that ends at the most
        assert (histogram[:, 250].min(axis=-1) == 255).sum() == pytest.approx(high, abs=1)
        rgb = best(flat)[0, 40]
        wave = drawn(plain, "waveform", waveform="rgb")
        for channel in range(3):
            assert wave[255 - int(rgb[channel]), 256, channel] > 200
        assert drawn(plain, "vectorscope").max(axis=-1).sum() > 0


# --- guides -----


WHITE, BLACK = 255, 254


def guided(shown: PicturePage, width: int, height: int, **guides: Any) -> NDArray[np.uint8]:
    """What is drawn above the picture: white where it is, else how much it covers."""
    said = json.dumps(guides)
    shown.tab.evaluate(f"""(() => {{ window.above?.remove(); window.above = document.createElement("canvas");
      above.style.cssText = "position: absolute; left: 0; top: 0; width: {width}px; height: {height}px";
      document.body.append(above);
      const guides = modules.guides.createGuides(above);
      guides.set({said}); guides.draw({width}, {height}); }})()""")
    data = shown.tab.bytes_of("""(() => {
      const pixels = above.getContext("2d").getImageData(0, 0, above.width, above.height).data;
      const found = new Uint8Array(pixels.length / 4);
      for (let at = 0; at < found.length; at++) {
        const [red, cover] = [pixels[at * 4], pixels[at * 4 + 3]];
        found[at] = red === 255 && cover === 255 ? 255 : Math.min(cover, 254);
      }
      return found; })()""")
    return np.frombuffer(data, np.uint8).reshape(height, width)


def test_guides_are_lines_at_the_edges_of_dci_s_pictures(shown: PicturePage) -> None:
    """In a container of 2K: 1998 by 1080, 2048 by 858."""
    for ratio, box in {"1.85": (25, 0, 1998, 1080), "2.39": (0, 111, 2048, 858)}.items():
        x, y, width, height = box
        picture = guided(shown, 2048, 1080, ratios=[ratio])
        line = picture == WHITE
        line[y : y + 25, x : x + 60] = False  # its name
        wanted = np.zeros_like(line)
        wanted[[y, y + height - 1], x : x + width] = True
        wanted[y : y + height, [x, x + width - 1]] = True
        wanted[y : y + 25, x : x + 60] = False
        assert (line == wanted).all()


def test_safe_areas_are_parts_of_the_picture_and_of_what_a_mask_leaves(shown: PicturePage) -> None:
    for mask, high, top in ((None, 1080, 0), ("2.39", 858, 111)):
        picture = guided(shown, 2048, 1080, safe=["action", "title"], mask=mask)
        white = picture == WHITE
        for part in (0.93, 0.9):
            left, upper = 2048 * (1 - part) / 2, top + high * (1 - part) / 2
            for x in (left, 2047 - left):
                assert white[600:800, round(x) - 1 : round(x) + 2].all(axis=0).sum() == 1
            for y in (upper, upper + high * part - 1):
                assert white[round(y) - 1 : round(y) + 2, 600:800].all(axis=1).sum() == 1
        assert white[700].sum() == 4 and white[:, 700].sum() == 4


def test_a_mask_covers_what_lies_outside_of_it_and_nothing_else(shown: PicturePage) -> None:
    picture = guided(shown, 1998, 1080, mask="2.39")
    high = round(1998 * 858 / 2048)
    top = (1080 - high) // 2
    covered = picture == BLACK
    assert covered[: top - 1].all() and covered[top + high + 2 :].all()
    assert not picture[top + 2 : top + high - 2].any()
    half = guided(shown, 2048, 1080, mask="1.85", opacity=0.6)
    assert np.abs(half[:, :24].astype(int) - 153).max() <= 1 and not half[:, 26:2020].any()


def test_the_centre_is_a_cross_in_the_middle(shown: PicturePage) -> None:
    picture = guided(shown, 400, 300, centre=True)
    white = picture == WHITE
    y, x = np.nonzero(white)
    assert (set(y[x != 200].tolist()), set(x[y != 150].tolist())) == ({150}, {200})
    assert (x.min(), x.max(), y.min(), y.max()) == (186, 214, 136, 164)


def test_no_guide_is_drawn_unasked(shown: PicturePage) -> None:
    assert not guided(shown, 300, 200).any()


# --- probe -----


def probed(shown: PicturePage, x: int, y: int) -> Any:
    return shown.tab.evaluate(f"modules.probe.probe(picture, {x}, {y})")


@pytest.mark.parametrize("hdr", [False, True])
def test_a_probe_reads_codes_light_and_colour(shown: PicturePage, hdr: bool) -> None:
    xyz = anything(seed=9)
    shown.set(hdr=hdr)
    shown.show(xyz)
    seen = shown.seen()
    for x, y in ((0, 0), (95, 53), (17, 41)):
        found = probed(shown, x, y)
        (reading,) = found["readings"]
        light = light_of(xyz[y, x], hdr)
        assert (found["x"], found["y"], reading["of"], reading["eye"]) == (x, y, "codes", None)
        assert reading["codes"] == xyz[y, x].tolist()
        assert reading["xyz"] == pytest.approx(light.tolist())
        assert reading["light"] == pytest.approx(light[1])
        assert reading["xy"] == pytest.approx((light / light.sum())[:2].tolist())
        assert reading["rgb"] == seen[y, x].tolist()
    for x, y in ((96, 0), (0, 54), (-1, 0)):
        assert probed(shown, x, y) is None


def test_a_probe_of_black_has_no_colour_and_overlays_do_not_hide_codes(shown: PicturePage) -> None:
    xyz = np.array([[[0, 0, 0], [0, 4000, 0]]], np.uint16)
    shown.set(overlay={"gamut": True, "clipping": True})
    shown.show(xyz)
    black, green = (probed(shown, x, 0)["readings"][0] for x in (0, 1))
    assert (black["xy"], black["light"], black["gamut"], black["clipping"]) == (None, 0, False, False)
    assert (green["rgb"], green["gamut"], green["clipping"]) == (best(xyz)[0, 1].tolist(), True, True)


def test_a_probe_says_which_eye_it_reads(shown: PicturePage) -> None:
    xyz = anything(4, 20, seed=10)
    shown.show(xyz, views=2)
    wanted = {
        "left": [("left", 3)],
        "right": [("right", 13)],
        "anaglyph": [("left", 3), ("right", 13)],
        "difference": [("left", 3), ("right", 13)],
        "both": [("left", 3)],
    }
    for view, eyes in wanted.items():
        shown.set(view=view)
        readings = probed(shown, 3, 2)["readings"]
        assert [(each["eye"], each["codes"]) for each in readings] == [
            (eye, xyz[2, x].tolist()) for eye, x in eyes
        ]
    assert probed(shown, 13, 2)["readings"][0]["eye"] == "right"  # of both beside each other
    shown.set(view="left")
    assert probed(shown, 10, 2) is None


def test_the_pixel_under_a_pointer_is_found_at_any_size(shown: PicturePage) -> None:
    shown.show(anything(54, 96))
    found = shown.tab.evaluate("""(() => { const canvas = document.getElementById("picture");
      canvas.style.cssText = "position: absolute; left: 30px; top: 40px; width: 480px; height: 270px";
      const at = modules.probe.pixelAt(canvas, {clientX: 30 + 5 * 17 + 2, clientY: 40 + 5 * 41 + 4});
      canvas.style.cssText = ""; return at; })()""")
    assert found == {"x": 17, "y": 41}


# --- JPEG -----


def jpeg_of(rgb: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    return bytes(data)


def test_a_jpeg_is_shown_as_it_is_and_nothing_exact_is_claimed(shown: PicturePage) -> None:
    smooth = cv2.resize(np.random.default_rng(3).integers(0, 256, (6, 9, 3), dtype=np.uint8), (144, 96))
    data = jpeg_of(smooth)
    wanted = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    shown.set("p3-dci", overlay={"gamut": True, "clipping": True})
    assert shown.show(data) is False  # it has to be decoded
    seen = shown.seen()
    assert seen.shape == wanted.shape and np.abs(seen.astype(int) - wanted).max() <= 3
    assert shown.tab.evaluate("picture.exact") is False
    (reading,) = probed(shown, 20, 30)["readings"]
    assert (reading["of"], reading["codes"], reading["rgb"]) == ("jpeg", None, seen[30, 20].tolist())
    assert reading["light"] == pytest.approx(
        float((seen[30, 20] / 255) ** 2.4 @ np.array([0.2126, 0.7152, 0.0722])) * 48, rel=1e-3
    )
    assert shown.tab.evaluate("[scopes.counts('histogram'), scopes.outside()]") == [None, None]
    rows = counts(shown, "waveform", 256, 512)
    assert (rows[..., 0].sum(axis=1) == np.bincount(seen[..., 0].ravel(), minlength=256)).all()


def test_a_jpeg_that_is_decoded_before_is_drawn_at_once_and_none_is_told(shown: PicturePage) -> None:
    shown.content["/frame"] = jpeg_of(np.full((16, 16, 3), 90, np.uint8))
    found = shown.tab.evaluate("""(async () => {
      const of = async (blob) => ({serial: 0, number: 7, picture:
        {encoding: "jpeg", width: 16, height: 16, views: 1, data: blob}});
      const good = await of(await (await fetch("/frame")).blob());
      const bad = await of(new Blob([new Uint8Array(9)]));
      await picture.prepare(good);
      const told = await picture.prepare(bad).then(() => "good", () => "bad");
      const drawn = picture.show(good), broken = picture.show(bad);
      await new Promise((done) => setTimeout(done, 100));
      return [told, drawn, broken, picture.frame.number, picture.prepare({picture: null}) ?? null]; })()""")
    assert found == ["bad", True, False, 7, None]


def test_a_jpeg_never_comes_after_a_later_frame(shown: PicturePage) -> None:
    shown.content["/frame"] = jpeg_of(np.full((720, 1280, 3), 90, np.uint8))
    last = shown.tab.evaluate("""(async () => {
      const data = await (await fetch("/frame")).blob();
      picture.show({serial: 1, number: 1, picture:
        {encoding: "jpeg", width: 1280, height: 720, views: 1, data}});
      picture.show({serial: 2, number: 2, picture:
        {encoding: "xyz12", width: 2, height: 2, views: 1, data: new Uint16Array(12)}});
      await new Promise((done) => setTimeout(done, 300));
      return picture.frame.number; })()""")
    assert last == 2


# --- the graphics card goes and comes -----


def test_a_lost_context_comes_back_with_the_newest_frame(shown: PicturePage) -> None:
    before, after = anything(seed=11), anything(seed=12)
    shown.show(before)
    shown.tab.evaluate("""window.card = picture.content.gl.getExtension("WEBGL_lose_context");
      window.changes = []; picture.onchange = () => changes.push(picture.lost); card.loseContext(); 0""")
    shown.tab.until("picture.lost")
    assert shown.tab.evaluate("[picture.content, scopes.counts('waveform'), picture.sample(0, 0)]") == [
        None,
        None,
        [0, 0, 0, 0],
    ]
    shown.show(after)  # nothing is thrown, nothing is shown
    shown.tab.evaluate("card.restoreContext(); 0")
    shown.tab.until("!picture.lost")
    assert (shown.seen() == best(after)).all()
    assert counts(shown, "histogram", 1, 512)[..., 0].sum() == after[..., 0].size
    changes = shown.tab.evaluate("changes")
    assert changes[0] is True and changes[-1] is False
    shown.tab.evaluate("picture.onchange = null")


def test_what_the_page_can_is_said(shown: PicturePage) -> None:
    found = shown.tab.evaluate("picture.capabilities")
    assert (found["webgl2"], found["bits"], found["floats"]) == (True, 8, True)
    assert found["software"] is True and "SwiftShader" in found["renderer"]
    assert found["mostSize"] >= 1280


# --- a wall, and marked frames -----


def test_modules_of_a_wall_get_what_the_show_gives_them(shown: PicturePage) -> None:
    matrix = np.array(display_named("p3-d65").matrix)
    modules = [
        Module(1, 0, tuple(map(tuple, (matrix * 0.9).tolist()))),  # type: ignore[arg-type]
        Module(4, 2, tuple(map(tuple, (matrix * np.array([1.1, 0.8, 1.0])).tolist()))),  # type: ignore[arg-type]
    ]
    wall = Display("wall", display_named("p3-d65").matrix, "g26", 60.0, Grid(5, 3, tuple(modules)))
    xyz = anything(47, 83, seed=13)
    shown.tab.evaluate(f"picture.set({{display: {json.dumps(display_document(wall))}}})")
    shown.show(xyz)
    wanted, _ = convert(xyz, wall, bits=8)
    assert (shown.seen() != wanted).mean() < 1e-3  # the show's own tables are of single precision
    assert np.abs(shown.seen().astype(int) - wanted).max() <= 1
    shown.set(view="both")
    shown.show(np.concatenate([xyz, xyz], axis=1), views=2)  # each eye is on the whole wall
    assert (shown.seen() != np.concatenate([wanted, wanted], axis=1)).mean() < 1e-3


def test_marked_frames_are_dithered_as_the_show_does_it(shown: PicturePage) -> None:
    ranks = json.dumps(dither_document())
    shown.tab.evaluate(f"picture.set({{dither: modules.colour.ditherOf({ranks})}})")
    xyz = codes(96, 512, seed=3) // 2
    for number in (0, 5, 100_003):
        shown.show(xyz, dither=True, number=number)
        wanted, _ = convert(xyz, display_named(DISPLAY), bits=8, noise=noise(number))
        differ = shown.seen().astype(int) - wanted
        assert np.abs(differ).max() <= 1 and (differ != 0).mean() < 2e-3
    shown.show(xyz)
    assert (shown.seen() == best(xyz)).all()  # a frame without a mark is not
