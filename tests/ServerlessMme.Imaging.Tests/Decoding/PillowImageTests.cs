using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Decoding;

public sealed class PillowImageTests
{
    public static TheoryData<string> Files() => [.. Vectors.Images().Select(vector => vector.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Colors_are_those_of_Pillow(string file)
    {
        var vector = Vectors.Images().Single(vector => vector.File == file);
        var tensor = Given.Tensor(Vectors.File(file), Given.Input(vector.Width, vector.Height));
        Assert.Equal(vector.Rgb, Vectors.Hash(tensor));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Grays_are_those_of_Pillow(string file)
    {
        var vector = Vectors.Images().Single(vector => vector.File == file);
        var input = Given.Input(vector.Width, vector.Height) with { Channels = ChannelOrder.Grey };
        Assert.Equal(vector.Gray, Vectors.Hash(Given.Tensor(Vectors.File(file), input)));
    }
}
