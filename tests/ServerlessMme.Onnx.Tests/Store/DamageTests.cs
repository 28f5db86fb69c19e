using ServerlessMme.Onnx.Tests.Models;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class DamageTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly byte[] _onnx = Networks.Convolutional(1, 1);

    public static TheoryData<string> Kinds { get; } = ["flip", "cut", "lengthen", "delete"];

    public void Dispose() => _store.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damaged_pack_is_made_anew_from_the_artifact(string kind)
    {
        (await _store.LoadAsync(_store.Process(), _onnx)).Dispose();
        var sound = await File.ReadAllBytesAsync(_store.Packs.Single());
        Damage(_store.Packs.Single(), kind);

        var backend = await _store.LoadAsync(_store.Process(), _onnx);

        await _store.AssertSameAsync(_onnx, backend);
        Assert.Equal(sound, await File.ReadAllBytesAsync(_store.Packs.Single()));
        Assert.Contains("repaired from the artifact", Assert.Single(_store.Log.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damaged_graph_is_made_anew_from_the_artifact(string kind)
    {
        (await _store.LoadAsync(_store.Process(), _onnx)).Dispose();
        var sound = new FileInfo(_store.Graphs.Single()).Length;
        Damage(_store.Graphs.Single(), kind);

        var backend = await _store.LoadAsync(_store.Process(), _onnx);

        await _store.AssertSameAsync(_onnx, backend);
        Assert.InRange(new FileInfo(_store.Graphs.Single()).Length, sound - 8, sound + 8);
    }

    [Fact]
    public async Task Damage_is_repaired_by_the_process_that_stored_the_model_too()
    {
        var process = _store.Process();
        (await _store.LoadAsync(process, _onnx)).Dispose();
        Damage(_store.Packs.Single(), "flip");

        var backend = await _store.LoadAsync(process, _onnx);

        await _store.AssertSameAsync(_onnx, backend);
    }

    [Fact]
    public async Task Fine_tunes_that_share_a_damaged_pack_are_all_repaired()
    {
        var models = Enumerable.Range(1, 3).Select(head => Networks.Convolutional(1, head)).ToArray();
        var process = _store.Process();
        foreach (var onnx in models)
        {
            (await _store.LoadAsync(process, onnx)).Dispose();
        }

        Damage(_store.Packs.MaxBy(path => new FileInfo(path).Length)!, "flip");

        var next = _store.Process();
        foreach (var onnx in models.Reverse())
        {
            await _store.AssertSameAsync(onnx, await _store.LoadAsync(next, onnx));
        }

        foreach (var onnx in models)
        {
            await _store.AssertSameAsync(onnx, await _store.LoadAsync(_store.Process(), onnx, artifact: false));
        }
    }

    [Fact]
    public async Task Pack_with_another_time_and_the_same_content_is_used()
    {
        (await _store.LoadAsync(_store.Process(), _onnx)).Dispose();
        File.SetLastWriteTimeUtc(_store.Packs.Single(), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var backend = await _store.LoadAsync(_store.Process(), _onnx, artifact: false);

        await _store.AssertSameAsync(_onnx, backend);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task What_a_crash_left_is_swept()
    {
        var users = Path.Combine(_store.Root, "users");
        var dead = Path.Combine(users, "0123456789abcdef0123456789abcdef");
        Directory.CreateDirectory(Path.Combine(dead, "tmp-1"));
        await File.WriteAllTextAsync(Path.Combine(dead, "tmp-1", "pack"), "half a pack");
        await File.WriteAllTextAsync(dead + ".lock", "");
        Directory.CreateDirectory(Path.Combine(_store.Root, "packs"));
        var orphan = Path.Combine(_store.Root, "packs", new string('a', 64) + ".pack");
        await File.WriteAllTextAsync(orphan, "a pack whose graph was never written");

        var process = _store.Process();
        Assert.False(Directory.Exists(dead));
        Assert.False(File.Exists(dead + ".lock"));
        await _store.LoadAsync(process, _onnx);
        Assert.False(File.Exists(orphan));
        Assert.Single(_store.Packs);
    }

    [Fact]
    public void Processes_that_live_are_not_swept()
    {
        _store.Process();
        _store.Process();

        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_store.Root, "users")).Length);
    }

    private static void Damage(string path, string kind)
    {
        if (kind == "delete")
        {
            File.Delete(path);
            return;
        }

        using var file = File.Open(path, FileMode.Open);
        if (kind == "cut")
        {
            file.SetLength(file.Length - 1);
        }
        else if (kind == "lengthen")
        {
            file.SetLength(file.Length + 1);
        }
        else
        {
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 0x10));
        }
    }
}
