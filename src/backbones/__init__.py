"""Networks that embed images; `design.backbone` names a row of `BACKBONES`."""

from src.backbones.alexnet import AlexNet
from src.backbones.efficientnet_lite import EfficientNetLite

BACKBONES = {"alexnet": AlexNet, "efficientnet_lite": EfficientNetLite}
