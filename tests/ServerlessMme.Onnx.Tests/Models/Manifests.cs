using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Tests.Models;

/// <summary>Manifests for images of 4 × 2 pixels, unless something else is asked for.</summary>
internal static class Manifests
{
    public static Manifest Of(int labels = 3, int width = 4, int height = 2,
        TensorLayout layout = TensorLayout.NCHW, ChannelOrder channels = ChannelOrder.RGB,
        TensorType type = TensorType.Float32, string? input = null, string? output = null,
        Activation activation = Activation.None) => new(
            [.. Enumerable.Range(0, labels).Select(i => $"label{i}")],
            new InputSpec(input, width, height, layout, channels, type,
                new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), 1 / 255.0, [0, 0, 0], [1, 1, 1]),
            new OutputSpec(output, activation),
            Top: 3,
            new BackendSpec("onnx", new Dictionary<string, string>()));
}
