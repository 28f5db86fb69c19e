using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests;

public sealed class PillowModeTests
{
    [Theory]
    [InlineData("\"shorter-side\"", 140)]
    [InlineData("\"letterbox\"", 90)]
    [InlineData("\"cover\"", 250)]
    [InlineData("\"stretch-crop\"", 40)]
    [InlineData("\"floor\"", 40)]
    [InlineData("\"exif\"", 40)]
    [InlineData("\"draft\"", 60)]
    [InlineData("\"preset\"", 15)]
    public void Tensors_have_the_bits_that_Pillow_made(string part, int atLeast)
    {
        var vectors = Vectors.Modes().Where(
            vector => vector.Input.Contains(part, StringComparison.Ordinal)).ToList();

        Assert.All(vectors, vector => Assert.Equal(vector, vector with { Hash = Vectors.Hash(Tensor(vector)) }));
        Assert.InRange(vectors.Count, atLeast, int.MaxValue);
    }

    private static byte[] Tensor(ModeVector vector)
    {
        if (vector.Image.Contains('.', StringComparison.Ordinal))
        {
            return Given.Tensor(Vectors.File(vector.Image), Given.Input(vector.Input));
        }

        var size = vector.Image.Split('x').Select(int.Parse).ToArray();
        return Given.Tensor(Pattern.Bmp(size[0], size[1]), Given.Input(vector.Input));
    }
}
