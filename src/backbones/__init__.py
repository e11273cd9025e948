"""Networks that embed images; `design.backbone` names a row of `BACKBONES`."""

from src.backbones.alexnet import AlexNet
from src.backbones.efficientnet_lite import EfficientNetLite
from src.backbones.resnet import ResNet

BACKBONES = {"alexnet": AlexNet, "efficientnet_lite": EfficientNetLite, "resnet": ResNet}
