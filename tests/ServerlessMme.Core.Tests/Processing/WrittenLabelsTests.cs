using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Processing;

namespace ServerlessMme.Core.Tests.Processing;

public sealed class WrittenLabelsTests
{
    [Fact]
    public void Images_that_had_a_label_are_no_new_drops()
    {
        var written = new WrittenLabels(inner: null);

        written.Labeled(LabelOf("new.jpg"), replaced: null);
        written.Labeled(LabelOf("old.jpg"), replaced: new LabelStamp("e", "v1"));

        Assert.Equal("new.jpg", Assert.Single(written.Labels).Image.Name);
    }

    private static Label LabelOf(string image) => new(
        new ImageReference("images-pets", image, "e", 1),
        new AnsweringModel("pets", "v2", "sha256:0", "onnx"),
        [new ScoredClass("cat", 0, 0.9f)],
        null,
        DateTimeOffset.UnixEpoch);
}
