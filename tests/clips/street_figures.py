"""Figures of a drawn street: a cyclist, a pedestrian, a car, a tree."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

FINER = 3  # drawn this many times as large, then scaled down, so that edges are smooth

SHADOW, SKIN, DARK = (74, 75, 82), (222, 176, 146), (34, 34, 40)
Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Pen:
    """Draws in metres around a figure's feet: x along the street, y up."""

    draw: ImageDraw.ImageDraw
    feet: Point
    metre: float
    facing: int = 1

    def at(self, point: Point) -> Point:
        """A place of the figure on the finer canvas."""
        x = self.feet[0] + self.facing * point[0] * self.metre
        return x * FINER, (self.feet[1] - point[1] * self.metre) * FINER

    def line(self, points: Sequence[Point], thick: float, colour: Colour) -> None:
        """A bent limb or tube with round ends, `thick` metres."""
        places, width = [self.at(point) for point in points], thick * self.metre * FINER
        self.draw.line(places, fill=colour, width=max(1, round(width)), joint="curve")
        for x, y in (places[0], places[-1]):
            self.draw.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon([self.at(point) for point in points], fill=colour)

    def oval(self, middle: Point, radii: Point, colour: Colour) -> None:
        """A filled ellipse."""
        x, y = self.at(middle)
        w, h = radii[0] * self.metre * FINER, radii[1] * self.metre * FINER
        self.draw.ellipse([x - w, y - h, x + w, y + h], fill=colour)

    def ring(self, middle: Point, radius: float, thick: float, colour: Colour) -> None:
        """A circle's line."""
        x, y = self.at(middle)
        r, width = radius * self.metre * FINER, max(2, round(thick * self.metre * FINER))
        self.draw.ellipse([x - r, y - r, x + r, y + r], outline=colour, width=width)


def knee(hip: Point, foot: Point, thigh: float, shin: float) -> Point:
    """Where two bones of a leg meet, bent forward."""
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    reach = min(math.hypot(dx, dy), thigh + shin - 1e-3)
    turn = math.acos((thigh**2 + reach**2 - shin**2) / (2 * thigh * reach))
    angle = math.atan2(dy, dx) + turn
    return hip[0] + thigh * math.cos(angle), hip[1] + thigh * math.sin(angle)


def draw_cyclist(pen: Pen, turned: float, jacket: Colour, bicycle: Colour, helmet: Colour) -> None:
    """A rider whose pedals have turned by an angle, radians."""
    pen.oval((0, 0.0), (0.95, 0.07), SHADOW)
    hip, shoulder, hand, axle = (-0.24, 0.98), (0.14, 1.42), (0.45, 1.04), (-0.05, 0.3)
    _leg(pen, hip, axle, turned + math.pi, (38, 44, 66))
    for x in (-0.54, 0.56):
        pen.ring((x, 0.34), 0.34, 0.05, DARK)
        for spoke in range(4):
            angle = -2 * turned + spoke * math.pi / 4
            dx, dy = 0.31 * math.cos(angle), 0.31 * math.sin(angle)
            pen.line([(x - dx, 0.34 - dy), (x + dx, 0.34 + dy)], 0.012, (150, 150, 156))
    pen.line([(-0.54, 0.34), (-0.22, 0.74), (0.4, 0.8), axle, (-0.54, 0.34)], 0.045, bicycle)
    pen.line([axle, (-0.26, 0.9)], 0.045, bicycle)
    pen.line([(0.56, 0.34), (0.38, 0.98), hand], 0.04, bicycle)
    pen.line([(-0.36, 0.92), (-0.14, 0.92)], 0.06, DARK)
    _leg(pen, hip, axle, turned, (50, 58, 88))
    back = ((-0.36, 1.0), (-0.06, 1.46), (0.16, 1.52), (0.22, 1.36), (-0.06, 0.96))
    pen.shape(back, jacket)
    pen.line([shoulder, (0.32, 1.14), hand], 0.1, tuple(int(0.82 * part) for part in jacket))
    pen.line([(-0.24, 1.16), (0.06, 1.36)], 0.05, (240, 240, 232))
    pen.oval((0.25, 1.63), (0.1, 0.125), SKIN)
    pen.oval((0.22, 1.7), (0.15, 0.085), helmet)


def _leg(pen: Pen, hip: Point, axle: Point, angle: float, colour: Colour) -> None:
    """A leg from the saddle to the pedal."""
    foot = (axle[0] + 0.17 * math.cos(-angle), axle[1] + 0.17 * math.sin(-angle))
    pen.line([hip, knee(hip, foot, 0.42, 0.42), foot], 0.12, colour)
    pen.line([foot, (foot[0] + 0.13, foot[1] - 0.02)], 0.07, (236, 236, 230))


def draw_walker(pen: Pen, stride: float, coat: Colour, hair: Colour) -> None:
    """A pedestrian at an angle of the stride, radians."""
    pen.oval((0, 0.0), (0.4, 0.05), (140, 132, 124))
    swing = math.sin(stride)
    for side, legs in ((-1, (46, 46, 54)), (1, (62, 62, 74))):
        foot = (0.34 * side * swing, 0.05 + 0.06 * max(0, math.cos(stride) * side))
        pen.line([(0, 0.88), knee((0, 0.88), foot, 0.45, 0.44), foot], 0.13, legs)
        pen.line([foot, (foot[0] + 0.13, foot[1])], 0.07, DARK)
    pen.shape(((-0.2, 0.7), (-0.16, 1.46), (0.16, 1.46), (0.22, 0.7)), coat)
    darker = tuple(int(0.8 * part) for part in coat)
    pen.line([(0, 1.4), (-0.16 * swing, 1.14), (-0.26 * swing + 0.08, 0.92)], 0.1, darker)
    pen.oval((0.03, 1.62), (0.1, 0.13), SKIN)
    pen.oval((-0.01, 1.68), (0.115, 0.1), hair)


def draw_car(pen: Pen, paint: Colour) -> None:
    """A parked or passing car, 4.2 m long."""
    pen.oval((0, 0.02), (2.2, 0.12), SHADOW)
    body = ((-2.1, 0.32), (-2.08, 0.86), (-1.5, 0.96), (-0.95, 1.45), (0.55, 1.45), (1.15, 0.96))
    pen.shape((*body, (2.0, 0.84), (2.1, 0.55), (2.08, 0.3)), paint)
    glass = (58, 72, 86)
    pen.shape(((-1.3, 0.96), (-0.88, 1.36), (-0.2, 1.36), (-0.2, 0.96)), glass)
    pen.shape(((-0.08, 0.96), (-0.08, 1.36), (0.48, 1.36), (0.95, 0.96)), glass)
    pen.line([(-2.0, 0.62), (2.0, 0.62)], 0.03, tuple(int(0.75 * part) for part in paint))
    pen.oval((1.98, 0.7), (0.1, 0.08), (250, 244, 206))
    for x in (-1.3, 1.32):
        pen.oval((x, 0.33), (0.34, 0.34), DARK)
        pen.oval((x, 0.33), (0.17, 0.17), (168, 170, 176))


def draw_tree(pen: Pen, rng: np.random.Generator, height: float, trunk: float) -> None:
    """A trunk with bark, and a crown of leaves."""
    half, top = trunk / 2, height * 0.62
    foot = ((-1.5 * half, 0), (-half, 0.4), (-0.8 * half, top), (0.8 * half, top), (half, 0.4))
    pen.shape((*foot, (1.5 * half, 0)), (92, 70, 52))
    for _ in range(40):
        x, y = rng.uniform(-0.75, 0.75) * half, rng.uniform(0.05, top)
        shade = (70, 52, 40) if rng.random() < 0.6 else (118, 92, 70)
        pen.line([(x, y), (x + 0.02, y + rng.uniform(0.1, 0.4))], 0.04, shade)
    for shade in ((40, 84, 40), (54, 106, 48), (78, 134, 58), (112, 160, 74)):
        light = (shade[0] - 40) / 72
        for _ in range(280):
            angle, out = rng.uniform(0, 2 * math.pi), rng.uniform(0, 1) ** 0.5
            x = (0.95 - 0.25 * light) * height * 0.3 * out * math.cos(angle) - 0.12 * light
            y = height * (0.8 + 0.04 * light) + height * 0.26 * out * math.sin(angle)
            pen.oval((x, y), (rng.uniform(0.05, 0.17), rng.uniform(0.04, 0.13)), shade)
