namespace ServerlessMme.Core.Models.Import;

/// <summary>
/// The networks of <c>keras.applications</c>, recognized by the names of their layers, and the range of pixel values
/// that their <c>preprocess_input</c> produces.
/// </summary>
internal static class KerasApplications
{
    // The first match wins, so longer names come before their prefixes.
    private static readonly (string Part, string Name, ValueRange Range)[] Networks =
    [
        ("mobilenetv3", "mobilenet_v3", ValueRange.Raw), ("mobilenetv2", "mobilenet_v2", ValueRange.Signed),
        ("mobilenet", "mobilenet", ValueRange.Signed), ("efficientnetv2", "efficientnet_v2", ValueRange.Raw),
        ("efficientnet", "efficientnet", ValueRange.Raw),
        ("inception_resnet", "inception_resnet_v2", ValueRange.Signed),
        ("inception", "inception_v3", ValueRange.Signed), ("xception", "xception", ValueRange.Signed),
        ("nasnet", "nasnet", ValueRange.Signed), ("densenet", "densenet", ValueRange.ImageNet),
        ("convnext", "convnext", ValueRange.Raw), ("resnet50v2", "resnet_v2", ValueRange.Signed),
        ("resnet101v2", "resnet_v2", ValueRange.Signed), ("resnet152v2", "resnet_v2", ValueRange.Signed),
        ("resnet50", "resnet", ValueRange.Caffe), ("resnet101", "resnet", ValueRange.Caffe),
        ("resnet152", "resnet", ValueRange.Caffe), ("vgg16", "vgg16", ValueRange.Caffe),
        ("vgg19", "vgg19", ValueRange.Caffe), ("block1_conv1", "vgg16", ValueRange.Caffe),
    ];

    /// <summary>Returns the network whose name is among the operators' names, or null if none matches.</summary>
    public static (string Name, ValueRange Range)? Find(string names)
    {
        foreach (var (part, name, range) in Networks)
        {
            if (names.Contains(part, StringComparison.Ordinal))
            {
                return (name, range);
            }
        }

        return null;
    }
}
