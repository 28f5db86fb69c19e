using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Core.Tests.Models.Artifacts;

public sealed class ArtifactCacheTests : IDisposable
{
    private const int Size = 1000;
    private readonly string _root = Directory.CreateTempSubdirectory("mme-kept-").FullName;

    // Later than the times that the disk writes by itself.
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Version_that_was_downloaded_is_found_by_another_process()
    {
        var files = await AddAsync(Process(), 'a');
        Process().NoteVersion("blob etag", files);

        Assert.Equal(files, Process().FindVersion("blob etag"));
        Assert.Equal(files, Process().Find(files.Digest));
        Assert.Null(Process().FindVersion("blob other"));
    }

    [Fact]
    public async Task Version_whose_files_are_not_as_they_were_is_not_found()
    {
        var files = await AddAsync(Process(), 'a');
        Process().NoteVersion("blob etag", files);

        await File.WriteAllTextAsync(files.OnnxPath!, "half");
        Assert.Null(Process().FindVersion("blob etag"));

        Directory.Delete(Path.GetDirectoryName(files.OnnxPath!)!, recursive: true);
        Assert.Null(Process().FindVersion("blob etag"));
    }

    [Fact]
    public async Task What_was_used_longest_ago_goes_when_all_take_more_than_the_cap()
    {
        var process = Process(capBytes: 4 * Size);
        var added = new List<ModelFiles>();
        foreach (var content in "abc")
        {
            added.Add(await AddAsync(process, content));
            process.NoteVersion($"blob {content}", added[^1]);
            _time.Advance(TimeSpan.FromHours(1));
        }

        process.Find(added[0].Digest);
        _time.Advance(TimeSpan.FromHours(1));
        added.Add(await AddAsync(process, 'd'));

        Assert.Equal([true, false, true, true], added.Select(files => File.Exists(files.OnnxPath)));
        Assert.Null(process.FindVersion("blob b"));
        Assert.NotNull(process.FindVersion("blob a"));
    }

    [Fact]
    public async Task What_was_used_just_now_stays_whatever_the_cap_says()
    {
        var process = Process(capBytes: 1);

        var one = await AddAsync(process, 'a');
        var other = await AddAsync(process, 'b');

        Assert.True(File.Exists(one.OnnxPath));
        Assert.True(File.Exists(other.OnnxPath));
    }

    [Fact]
    public async Task Folders_and_notes_without_an_owner_are_removed()
    {
        var process = Process(capBytes: 1);
        var files = await AddAsync(process, 'a');
        process.NoteVersion("blob a", files);
        var left = Directory.CreateDirectory(Path.Combine(_root, "artifacts", "dead.tmp")).FullName;
        _time.Advance(TimeSpan.FromHours(1));

        await AddAsync(process, 'b');

        Assert.False(Directory.Exists(left));
        Assert.False(File.Exists(files.OnnxPath));
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, "artifacts", "versions")));
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("model.onnx")]
    public async Task What_was_half_removed_is_kept_anew(string removed)
    {
        var model = ModelName.Parse("cifar10").Value;
        using var archive = TestArtifact.Of(("model.json", "{}"), ("model.onnx", "onnx"));
        var files = (await Process().AddArchiveAsync(
            model, TestArtifact.Opener(archive), CancellationToken.None)).Value;
        File.Delete(Path.Combine(Path.GetDirectoryName(files.ManifestPath)!, removed));

        Assert.Equal(files, (await Process().AddArchiveAsync(
            model, TestArtifact.Opener(archive), CancellationToken.None)).Value);
        Assert.True(File.Exists(files.OnnxPath) && File.Exists(files.ManifestPath));
    }

    [Fact]
    public async Task File_that_is_no_note_is_removed_and_stops_nothing()
    {
        var process = Process(capBytes: 1);
        process.NoteVersion("blob a", await AddAsync(process, 'a'));
        var empty = Path.Combine(_root, "artifacts", "versions", "empty.tmp");
        await File.WriteAllTextAsync(empty, "");
        _time.Advance(TimeSpan.FromHours(1));

        await AddAsync(process, 'b');

        Assert.False(File.Exists(empty));
    }

    private ArtifactFolder Process(long capBytes = 1 << 20) =>
        new(Options.Create(new ArtifactOptions { Folder = _root, MaxFolderBytes = capBytes }), _time);

    private async Task<ModelFiles> AddAsync(ArtifactFolder process, char content) => (await process.AddArchiveAsync(
        ModelName.Parse("cifar10").Value,
        TestArtifact.Opener(TestArtifact.Of(("model.json", "{}"), ("model.onnx", new string(content, Size)))),
        CancellationToken.None)).Value;
}
