using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ServerlessMme.Onnx.Trunks;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class TrunkIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.PathOf("trunks");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Place_where_two_models_part_is_a_branch()
    {
        var index = new TrunkIndex(FilePath);
        index.Add(Model("one"), Cuts("a", "b", "c"));
        Assert.False(index.IsBranch(Cut("b")));
        Assert.Equal(0, index.Version);

        index.Add(Model("two"), Cuts("a", "b", "d"));

        Assert.False(index.IsBranch(Cut("a")));
        Assert.True(index.IsBranch(Cut("b")));
        Assert.False(index.IsBranch(Cut("c")));
        Assert.Equal(1, index.Version);
    }

    [Fact]
    public void Models_that_differ_behind_the_last_place_part_there()
    {
        var index = new TrunkIndex(FilePath);
        index.Add(Model("one"), Cuts("a", "b"));
        index.Add(Model("one"), Cuts("a", "b"));
        Assert.False(index.IsBranch(Cut("b")));

        index.Add(Model("two"), Cuts("a", "b"));

        Assert.True(index.IsBranch(Cut("b")));
    }

    [Fact]
    public void File_does_not_grow_with_every_fine_tune()
    {
        var index = new TrunkIndex(FilePath);
        index.Add(Model("one"), Cuts("a", "b"));
        index.Add(Model("two"), Cuts("a", "b"));
        var bytes = new FileInfo(FilePath).Length;

        for (var i = 0; i < 100; i++)
        {
            index.Add(Model($"more{i}"), Cuts("a", "b"));
        }

        Assert.Equal(bytes, new FileInfo(FilePath).Length);
        Assert.True(index.Has(Model("another"), Cuts("a", "b")));
    }

    [Fact]
    public void Other_process_learns_of_a_branch()
    {
        var here = new TrunkIndex(FilePath);
        var there = new TrunkIndex(FilePath);
        here.Add(Model("one"), Cuts("a"));
        there.Add(Model("two"), Cuts("a"));
        Assert.True(there.IsBranch(Cut("a")));

        here.Refresh();

        Assert.True(here.IsBranch(Cut("a")));
        Assert.Equal(1, here.Version);
    }

    [Fact]
    public void Half_a_pair_that_a_killed_process_left_is_ignored_and_overwritten()
    {
        new TrunkIndex(FilePath).Add(Model("one"), Cuts("a", "b"));
        using (var file = File.Open(FilePath, FileMode.Append))
        {
            file.Write(new byte[17]);
        }

        var reader = new TrunkIndex(FilePath);
        reader.Refresh();
        Assert.True(reader.Has(Model("one"), Cuts("a", "b")));
        new TrunkIndex(FilePath).Add(Model("two"), Cuts("a", "b"));
        reader.Refresh();

        Assert.True(reader.IsBranch(Cut("b")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(300)]
    public void Damaged_file_is_written_again_by_whoever_opens_a_model(int bytes)
    {
        var index = new TrunkIndex(FilePath);
        index.Add(Model("one"), Cuts("a", "b"));
        index.Add(Model("two"), Cuts("a", "b"));
        File.WriteAllBytes(FilePath, RandomNumberGenerator.GetBytes(bytes));
        var other = new TrunkIndex(FilePath);
        other.Refresh();
        Assert.False(other.Has(Model("one"), Cuts("a", "b")));

        other.Add(Model("one"), Cuts("a", "b"));
        other.Add(Model("two"), Cuts("a", "b"));
        index.Refresh();
        var third = new TrunkIndex(FilePath);
        third.Refresh();

        Assert.True(index.IsBranch(Cut("b")));
        Assert.True(third.IsBranch(Cut("b")));
    }

    [Fact]
    public void Missing_file_is_empty()
    {
        var index = new TrunkIndex(FilePath);
        index.Add(Model("one"), Cuts("a"));
        File.Delete(FilePath);

        index.Refresh();

        Assert.True(index.Has(Model("one"), Cuts("a")));
        Assert.False(new TrunkIndex(FilePath).Has(Model("one"), Cuts("a")));
    }

    internal static CutPoint Cut(string name, long work = 0) =>
        new(name, ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(name))), work);

    private static byte[] Model(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name));

    private static CutPoint[] Cuts(params string[] names) => Array.ConvertAll(names, name => Cut(name));
}
