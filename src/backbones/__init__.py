"""Networks that embed images; `design.backbone` names a row of `BACKBONES`."""

from src.backbones.alexnet import AlexNet

BACKBONES = {"alexnet": AlexNet}
