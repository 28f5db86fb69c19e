using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Models.Manifests;

public sealed class InputReaderTests
{
    [Fact]
    public void Unit_divides_by_255()
    {
        var input = Read("\"preset\":\"unit\"");

        Assert.Equal(1 / 255.0, input.Scale);
        Assert.Equal((ChannelOrder.RGB, TensorLayout.NCHW), (input.Channels, input.Layout));
        Assert.Equal(new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), input.Resize);
        Assert.Equal([0, 0, 0], input.Mean);
    }

    [Fact]
    public void Torchvision_imagenet_is_what_its_presets_do()
    {
        var input = Read("\"preset\":\"torchvision-imagenet\"");

        Assert.Equal(1 / 255.0, input.Scale);
        Assert.Equal((ChannelOrder.RGB, TensorLayout.NCHW), (input.Channels, input.Layout));
        Assert.Equal(new ResizeSpec(ResizeMode.ShorterSide, ResizeFilter.Bilinear, 256), input.Resize);
        Assert.Equal([0.485, 0.456, 0.406], input.Mean);
        Assert.Equal([0.229, 0.224, 0.225], input.Std);
    }

    [Fact]
    public void Keras_vgg16_is_blue_first_with_means_taken_off()
    {
        var input = Read("\"preset\":\"keras-vgg16\"");

        Assert.Equal(1, input.Scale);
        Assert.Equal((ChannelOrder.BGR, TensorLayout.NHWC), (input.Channels, input.Layout));
        Assert.Equal(new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Nearest), input.Resize);
        Assert.Equal([103.939, 116.779, 123.68], input.Mean);
        Assert.Equal([1, 1, 1], input.Std);
    }

    [Fact]
    public void What_is_given_beside_a_preset_wins()
    {
        var input = Read("""
            "preset":"torchvision-imagenet","scale":1,"mean":[1,2,3],"layout":"NHWC",
            "resize":{"mode":"letterbox","filter":"bicubic","colour":[114,115,116]}
            """);

        Assert.Equal((1, TensorLayout.NHWC), (input.Scale, input.Layout));
        Assert.Equal([1, 2, 3], input.Mean);
        Assert.Equal([0.229, 0.224, 0.225], input.Std);
        Assert.Equal(
            new ResizeSpec(ResizeMode.Letterbox, ResizeFilter.Bicubic, 0, new RgbColor(114, 115, 116)), input.Resize);
    }

    [Fact]
    public void A_presets_means_follow_the_order_of_channels()
    {
        Assert.Equal(
            [0.406, 0.456, 0.485], Read("\"preset\":\"torchvision-imagenet\",\"channels\":\"BGR\"").Mean);
        Assert.Equal([123.68, 116.779, 103.939], Read("\"preset\":\"keras-vgg16\",\"channels\":\"RGB\"").Mean);
    }

    [Fact]
    public void A_gray_tensor_needs_a_mean_of_its_own_beside_a_preset_for_colors()
    {
        Assert.Contains(
            "input.mean must be a list of 1 number",
            Problem("\"preset\":\"torchvision-imagenet\",\"channels\":\"grey\""), StringComparison.Ordinal);
        Assert.Equal([0], Read("\"preset\":\"unit\",\"channels\":\"grey\"").Mean);
    }

    [Fact]
    public void The_shorter_side_is_as_long_as_the_input_when_nothing_else_is_said() =>
        Assert.Equal(32, Read("\"resize\":{\"mode\":\"shorter-side\"}").Resize.Side);

    [Fact]
    public void Stretch_crop_has_a_side_and_an_offset_like_shorter_side()
    {
        Assert.Equal(
            new ResizeSpec(ResizeMode.StretchCrop, ResizeFilter.Bicubic, 256, Offset: CropOffset.Floor),
            Read("""
                "resize":{"mode":"stretch-crop","filter":"bicubic","side":256,"offset":"floor"}
                """).Resize);
        Assert.Equal(
            new ResizeSpec(ResizeMode.StretchCrop, ResizeFilter.Bilinear, 32),
            Read("\"resize\":{\"mode\":\"stretch-crop\"}").Resize);
        Assert.Equal(
            CropOffset.Floor, Read("\"resize\":{\"mode\":\"shorter-side\",\"offset\":\"floor\"}").Resize.Offset);
    }

    [Fact]
    public void Cover_needs_a_filter_at_most() =>
        Assert.Equal(
            new ResizeSpec(ResizeMode.Cover, ResizeFilter.Lanczos),
            Read("\"resize\":{\"mode\":\"cover\",\"filter\":\"lanczos\"}").Resize);

    [Theory]
    [InlineData("""{"side":40}""", "input.resize.side only applies if mode is shorter-side or stretch-crop")]
    [InlineData("""{"mode":"cover","side":40}""", "side only applies if mode is shorter-side or stretch-crop")]
    [InlineData(
        """{"mode":"cover","offset":"floor"}""",
        "offset only applies if mode is shorter-side, stretch-crop or letterbox")]
    [InlineData("""{"mode":"stretch-crop","offset":"ceil"}""", "one of round, floor")]
    [InlineData(
        """{"mode":"stretch-crop","colour":[0,0,0]}""", "input.resize.colour only applies if mode is letterbox")]
    [InlineData("""{"mode":"none","filter":"box"}""", "input.resize.filter only applies if mode is not none")]
    [InlineData("""{"colour":[0,0,0]}""", "input.resize.colour only applies if mode is letterbox")]
    [InlineData("""{"mode":"letterbox","colour":[0,0,1.5]}""", "input.resize.colour must be a list of 3 whole numbers")]
    [InlineData("""{"mode":"ShorterSide"}""", "one of stretch, shorter-side, stretch-crop, cover, letterbox, none")]
    public void A_member_of_resize_that_has_no_effect_or_sense_is_named(string resize, string problem) =>
        Assert.Contains(problem, Problem($"\"resize\":{resize}"), StringComparison.Ordinal);

    private static InputSpec Read(string members) => ReadManifest(members).Value.Input;

    private static string Problem(string members) => ReadManifest(members).Refusal!.Message;

    private static Outcome<Manifest> ReadManifest(string members) => ManifestReader.Read(
        ModelName.Parse("m").Value,
        Encoding.UTF8.GetBytes("{\"labels\":[\"a\"],\"input\":{\"width\":32,\"height\":24," + members + "}}"));
}
