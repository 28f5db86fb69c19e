using System.Formats.Tar;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Core.Tests.Models.Artifacts;

public sealed class ArtifactFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-artifacts-").FullName;
    private readonly ArtifactOptions _options;
    private readonly Warnings _warnings = new();
    private readonly ModelName _model = ModelName.Parse("cifar10").Value;

    public ArtifactFolderTests() => _options = new ArtifactOptions { Folder = _root, MaxUnpackedBytes = 64 << 20 };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_artifact_is_unpacked_under_its_digest()
    {
        var archive = TestArtifact.Of(("model.json", "{}"), ("model.onnx", "onnx"), ("README.md", "passed over"));
        var digest = Convert.ToHexStringLower(SHA256.HashData(archive.ToArray()));

        var files = (await AddAsync(archive)).Value;

        Assert.Equal($"sha256:{digest}", files.Digest);
        Assert.Equal("{}", await File.ReadAllTextAsync(files.ManifestPath));
        Assert.Equal("onnx", await File.ReadAllTextAsync(files.OnnxPath!));
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(files.ManifestPath)!).Length);
    }

    [Fact]
    public async Task The_same_artifact_twice_is_kept_once()
    {
        var artifact = TestArtifact.Of(("model.json", "{}"), ("model.onnx", "onnx"));
        var first = (await AddAsync(artifact)).Value;
        var second = (await AddAsync(artifact)).Value;

        Assert.Equal(first.ManifestPath, second.ManifestPath);
        AssertNothingLeft(1);
    }

    [Fact]
    public async Task A_packed_folder_is_unpacked_again_and_packs_to_the_same_bytes()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "source")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "model.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(folder, "model.onnx"), "onnx");
        using var first = new MemoryStream();
        await ArtifactPacker.PackAsync(folder, first, CancellationToken.None);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "model.onnx"), DateTime.UnixEpoch);
        using var second = new MemoryStream();
        await ArtifactPacker.PackAsync(folder, second, CancellationToken.None);

        Assert.Equal(first.ToArray(), second.ToArray());
        Assert.Equal("onnx", await File.ReadAllTextAsync((await AddAsync(first)).Value.OnnxPath!));
    }

    [Fact]
    public async Task The_manifest_of_a_remote_model_is_kept_alone()
    {
        var files = (await new ArtifactFolder(Options.Create(_options)).AddManifestAsync(
            _model, TestArtifact.Opener(new MemoryStream("{}"u8.ToArray())), CancellationToken.None)).Value;

        Assert.Null(files.OnnxPath);
        Assert.Equal("{}", await File.ReadAllTextAsync(files.ManifestPath));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_created_is_replaced_by_a_temporary_one()
    {
        // A file in the way stops every user; a read-only folder would not stop root.
        var blocked = Path.Combine(_root, "file");
        await File.WriteAllTextAsync(blocked, "");
        var artifact = TestArtifact.Of(("model.json", "{}"), ("model.onnx", "onnx"));
        ModelFiles files;
        using (var folder = Folder(blocked))
        {
            files = (await folder.AddArchiveAsync(_model, TestArtifact.Opener(artifact), CancellationToken.None)).Value;
            folder.NoteVersion("blob", files);

            Assert.Equal("onnx", await File.ReadAllTextAsync(files.OnnxPath!));
            Assert.Equal((files, files), (folder.Find(files.Digest), folder.FindVersion("blob")));
        }

        Assert.False(File.Exists(files.OnnxPath));
        Assert.Contains(blocked, Assert.Single(_warnings.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_fails_while_it_is_written_is_replaced_by_a_temporary_one()
    {
        var configured = Path.Combine(_root, "vanishing");
        var artifact = TestArtifact.Of(("model.json", "{}"), ("model.onnx", "onnx"));
        using var folder = Folder(configured);
        var opened = 0;

        var files = (await folder.AddArchiveAsync(
            _model,
            _ =>
            {
                opened++;
                return Task.FromResult<Stream>(new DeletingStream(artifact.ToArray(), configured));
            },
            CancellationToken.None)).Value;

        Assert.Equal("onnx", await File.ReadAllTextAsync(files.OnnxPath!));
        Assert.Equal(2, opened);
        Assert.Single(_warnings.Messages);
    }

    [Fact]
    public async Task A_download_that_fails_is_no_reason_for_another_folder()
    {
        using var folder = Folder(_root);

        await Assert.ThrowsAsync<IOException>(() => folder.AddArchiveAsync(
            _model, _ => Task.FromResult<Stream>(new FailingStream()), CancellationToken.None));

        Assert.Empty(_warnings.Messages);
    }

    [Fact]
    public Task An_artifact_without_manifest_is_refused() =>
        AssertRefusedAsync(TestArtifact.Of(("model.onnx", "onnx")), ErrorCode.InvalidArtifact, "no model.json");

    [Fact]
    public Task An_artifact_without_onnx_file_is_refused() =>
        AssertRefusedAsync(TestArtifact.Of(("model.json", "{}")), ErrorCode.InvalidArtifact, "no model.onnx");

    [Theory]
    [InlineData("../model.json")]
    [InlineData("a/../../model.json")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\model.json")]
    public Task A_path_outside_the_artifact_is_refused(string path) =>
        AssertRefusedAsync(TestArtifact.Of((path, "x")), ErrorCode.InvalidArtifact, "outside");

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public Task A_link_is_refused(TarEntryType type) =>
        AssertRefusedAsync(
            TestArtifact.Of(new PaxTarEntry(type, "model.onnx") { LinkName = "/etc/passwd" }),
            ErrorCode.InvalidArtifact,
            type.ToString());

    [Fact]
    public Task A_file_twice_is_refused() =>
        AssertRefusedAsync(
            TestArtifact.Of(("model.json", "{}"), ("model.json", "{}")), ErrorCode.InvalidArtifact, "twice");

    [Fact]
    public Task A_bomb_ends_at_the_limit() =>
        AssertRefusedAsync(
            TestArtifact.Bomb("model.onnx", 200L << 20), ErrorCode.ArtifactTooLarge, "MaxUnpackedBytes");

    [Fact]
    public Task A_bomb_that_nobody_asked_for_ends_at_the_limit_too() =>
        AssertRefusedAsync(TestArtifact.Bomb("zeros", 200L << 20), ErrorCode.ArtifactTooLarge, "MaxUnpackedBytes");

    [Fact]
    public Task An_artifact_with_too_many_bytes_is_refused()
    {
        _options.MaxBytes = 10;
        return AssertRefusedAsync(TestArtifact.Of(("model.json", "{}")), ErrorCode.ArtifactTooLarge, "MaxBytes");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not an archive")]
    public Task Bytes_that_are_no_archive_are_refused(string text) =>
        AssertRefusedAsync(
            new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), ErrorCode.InvalidArtifact, "cifar10");

    [Fact]
    public Task A_cut_archive_is_refused()
    {
        var whole = TestArtifact.Of(("model.json", "{}"), ("model.onnx", new string('x', 10_000))).ToArray();
        return AssertRefusedAsync(new MemoryStream(whole[..(whole.Length / 2)]), ErrorCode.InvalidArtifact, "cifar10");
    }

    private async Task AssertRefusedAsync(MemoryStream archive, ErrorCode code, string message)
    {
        var refusal = (await AddAsync(archive)).Refusal;

        Assert.Equal(code, refusal?.Code);
        Assert.Contains(message, refusal!.Message, StringComparison.Ordinal);
        AssertNothingLeft(0);
    }

    private void AssertNothingLeft(int kept) =>
        Assert.Equal(kept, Directory.GetDirectories(Path.Combine(_root, "artifacts")).Length);

    private Task<Outcome<ModelFiles>> AddAsync(MemoryStream archive) =>
        new ArtifactFolder(Options.Create(_options)).AddArchiveAsync(
            _model, TestArtifact.Opener(archive), CancellationToken.None);

    private ArtifactFolder Folder(string path) =>
        new(Options.Create(new ArtifactOptions { Folder = path }), TimeProvider.System, _warnings);

    /// <summary>Deletes a folder before its bytes are read.</summary>
    private sealed class DeletingStream(byte[] bytes, string folder) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("The connection was reset.");
    }

    private sealed class Warnings : ILogger<ArtifactFolder>
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) => Messages.Add(formatter(state, exception));
    }
}
