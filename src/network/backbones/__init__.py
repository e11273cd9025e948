"""Networks that embed images; `design.backbone` names a row of `BACKBONES`."""

from src.network.backbones.alexnet import AlexNet
from src.network.backbones.efficientnet_lite import EfficientNetLite
from src.network.backbones.resnet import ResNet

BACKBONES = {"alexnet": AlexNet, "efficientnet_lite": EfficientNetLite, "resnet": ResNet}
