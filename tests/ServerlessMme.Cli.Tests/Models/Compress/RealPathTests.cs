using ServerlessMme.Cli.Models.Compress;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_anywhere_in_a_path_are_followed()
    {
        _folder.Write("real/model/model.onnx", [1]);
        Link("linked", "real");
        Link("again", _folder.PathOf("linked", "model"));

        var expected = RealPath.Of(_folder.PathOf("real", "model", "model.onnx"));
        Assert.Equal(expected, RealPath.Of(_folder.PathOf("linked", "model", "model.onnx")));
        Assert.Equal(expected, RealPath.Of(_folder.PathOf("again", "model.onnx")));
        Assert.True(RealPath.IsIn(_folder.PathOf("again", "model.onnx"), _folder.PathOf("real", "model")));
    }

    [Fact]
    public void Missing_ends_and_endless_links_stay()
    {
        Link("loop", "loop");

        Assert.EndsWith("none", RealPath.Of(_folder.PathOf("none")), StringComparison.Ordinal);
        Assert.EndsWith("loop", RealPath.Of(_folder.PathOf("loop")), StringComparison.Ordinal);
        Assert.False(RealPath.IsIn(_folder.PathOf("a", "model.onnx"), _folder.PathOf("b")));
    }

    [Fact]
    public void Writing_over_a_link_leaves_its_target_alone()
    {
        _folder.Write("model/model.onnx", [1]);
        Directory.CreateDirectory(_folder.PathOf("out"));
        Link("out/model.onnx", _folder.PathOf("model", "model.onnx"));

        Assert.False(RealPath.IsIn(_folder.PathOf("model", "model.onnx"), _folder.PathOf("out")));
        Assert.True(RealPath.IsIn(_folder.PathOf("out", "model.onnx"), _folder.PathOf("model")));
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(_folder.PathOf(name), target);
}
