namespace ServerlessMme.Core.Models.Manifests;

/// <summary>Presets for the preprocessing of widely used training code.</summary>
internal enum PresetName
{
    Unit,
    TorchvisionImagenet,
    KerasVgg16,
}

/// <summary>Defaults for the members of a manifest's <c>input</c>.</summary>
/// <param name="Mean">Red, green, blue, regardless of the order of channels; null means 0.</param>
/// <param name="Std">Like <paramref name="Mean"/>; null means 1.</param>
/// <param name="Side">Null means the longer side of the input.</param>
internal sealed record InputPreset(
    double Scale,
    double[]? Mean = null,
    double[]? Std = null,
    ChannelOrder Channels = ChannelOrder.RGB,
    TensorLayout Layout = TensorLayout.NCHW,
    ResizeMode Mode = ResizeMode.Stretch,
    ResizeFilter Filter = ResizeFilter.Bilinear,
    int? Side = null)
{
    /// <summary>Returns the defaults of a preset, or of a manifest without one.</summary>
    public static InputPreset Of(PresetName? name) => name switch
    {
        PresetName.Unit => new InputPreset(1 / 255.0),
        PresetName.TorchvisionImagenet => new InputPreset(
            1 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], Mode: ResizeMode.ShorterSide, Side: 256),
        PresetName.KerasVgg16 => new InputPreset(
            1, [123.68, 116.779, 103.939], null, ChannelOrder.BGR, TensorLayout.NHWC, Filter: ResizeFilter.Nearest),
        _ => new InputPreset(1),
    };

    /// <summary>
    /// Returns the numbers in the order of channels, or null for gray, because they only apply to colors.
    /// </summary>
    /// <param name="standard">Used when there are no numbers.</param>
    public static IReadOnlyList<double>? InOrder(double[]? numbers, ChannelOrder channels, double standard) =>
        (numbers, channels) switch
        {
            (null, ChannelOrder.Grey) => [standard],
            (null, _) => [standard, standard, standard],
            (_, ChannelOrder.Grey) => null,
            (_, ChannelOrder.BGR) => [.. numbers.Reverse()],
            _ => numbers,
        };
}
