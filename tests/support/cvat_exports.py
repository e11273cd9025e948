"""Exports of CVAT for video 1.1, in the form that CVAT 2 writes."""

from pathlib import Path

from PIL import Image, ImageDraw

VIDEO = "<source>holiday.mp4</source>"


def head(size=10, mode="interpolation", first=0, step=1, rest="", size_wh=(64, 48)):
    """`<meta>` of one task, as far as it matters."""
    width, height = size_wh
    return f"""  <meta>
    <task>
      <id>7</id>
      <name>my task</name>
      <size>{size}</size>
      <mode>{mode}</mode>
      <overlap>5</overlap>
      <subset>default</subset>
      <start_frame>{first}</start_frame>
      <stop_frame>{first + step * (size - 1)}</stop_frame>
      <frame_filter>{f"step={step}" if step > 1 else ""}</frame_filter>
      <segments>
        <segment>
          <id>9</id>
          <start>0</start>
          <stop>{size - 1}</stop>
          <url>http://localhost:8080/api/jobs/9</url>
        </segment>
      </segments>
      <owner>
        <username>me</username>
        <email>me@example.org</email>
      </owner>
      <labels>
        <label>
          <name>car</name>
          <color>#ff6037</color>
          <type>any</type>
          <attributes>
          </attributes>
        </label>
      </labels>
      <original_size>
        <width>{width}</width>
        <height>{height}</height>
      </original_size>
      {rest}
    </task>
    <dumped>2026-05-04 10:00:00.123456+00:00</dumped>
  </meta>
"""


def box(frame, edges, keyframe=1, outside=0, occluded=0, more=""):
    """A row of a track; edges are left, top, right, bottom."""
    left, top, right, bottom = edges
    return (
        f'    <box frame="{frame}" keyframe="{keyframe}" outside="{outside}" '
        f'occluded="{occluded}" xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" '
        f'ybr="{bottom:.2f}" {more}z_order="0">\n'
        '      <attribute name="colour">red &amp; blue</attribute>\n    </box>\n'
    )


def track(number, rows, label="car", more=""):
    """A track of such rows."""
    start = f'  <track id="{number}" label="{label}" source="manual"{more}>\n'
    return f"{start}{''.join(rows)}  </track>\n"


def write_export(folder: Path, meta: str, *tracks: str) -> Path:
    """Writes `annotations.xml`; its line 1 is the declaration."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "annotations.xml"
    start = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
    path.write_text(f"{start}{meta}{''.join(tracks)}</annotations>\n", encoding="utf-8")
    return path


def draw_images(folder: Path, names, size=(64, 48)) -> None:
    """Writes frames with a white square that moves by two pixels a frame."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        image = Image.new("RGB", size, (90, 120, 150))
        left = 4 + 2 * number
        ImageDraw.Draw(image).rectangle((left, 8, left + 9, 19), fill="white")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
