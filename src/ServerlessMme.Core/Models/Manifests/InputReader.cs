namespace ServerlessMme.Core.Models.Manifests;

/// <summary>Reads the manifest's <c>input</c>, whose members override its preset.</summary>
internal static class InputReader
{
    private const int MaxSide = 4096;

    public static InputSpec Read(ManifestNode node)
    {
        node.Knows("name", "width", "height", "preset", "layout", "channels", "type", "resize", "orientation", "decode",
            "scale", "mean", "std");
        var preset = InputPreset.Of(node.Choice<PresetName>("preset"));
        var channels = node.Choice("channels", preset.Channels);
        var count = channels == ChannelOrder.Grey ? 1 : 3;
        var (width, height) = (node.Integer("width", 1, MaxSide, null), node.Integer("height", 1, MaxSide, null));
        return new InputSpec(
            node.Text("name"),
            width,
            height,
            node.Choice("layout", preset.Layout),
            channels,
            node.Choice("type", TensorType.Float32),
            ReadResize(node.Object("resize", isRequired: false), preset, Math.Max(width, height)),
            node.Has("scale") ? node.Number("scale", 1, mayBeZero: false) : preset.Scale,
            node.Numbers("mean", count, InputPreset.InOrder(preset.Mean, channels, 0), mayBeZero: true),
            node.Numbers("std", count, InputPreset.InOrder(preset.Std, channels, 1), mayBeZero: false),
            node.Choice("orientation", ImageOrientation.Stored),
            node.Choice("decode", DecodeMode.Full));
    }

    private static ResizeSpec ReadResize(ManifestNode node, InputPreset preset, int longerSide)
    {
        node.Knows("mode", "filter", "side", "colour", "offset");
        var mode = node.Choice("mode", preset.Mode);
        var cropsCenter = new ResizeSpec(mode, default).CropsCenter;
        node.OnlyWith("side", cropsCenter, "mode is shorter-side or stretch-crop");
        node.OnlyWith(
            "offset", cropsCenter || mode == ResizeMode.Letterbox, "mode is shorter-side, stretch-crop or letterbox");
        node.OnlyWith("colour", mode == ResizeMode.Letterbox, "mode is letterbox");
        node.OnlyWith("filter", mode != ResizeMode.None, "mode is not none");
        return new ResizeSpec(
            mode,
            node.Choice("filter", preset.Filter),
            cropsCenter ? node.Integer("side", 1, MaxSide, preset.Side ?? longerSide) : 0,
            node.Color("colour"),
            node.Choice("offset", CropOffset.Round));
    }
}
