using System.Formats.Tar;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Core.Tests.Models.Artifacts;

public sealed class ArtifactFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-artifacts-").FullName;
    private readonly ArtifactOptions _options;
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
        artifact.Position = 0;
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
        first.Position = 0;
        Assert.Equal("onnx", await File.ReadAllTextAsync((await AddAsync(first)).Value.OnnxPath!));
    }

    [Fact]
    public async Task The_manifest_of_a_remote_model_is_kept_alone()
    {
        var files = (await new ArtifactFolder(Options.Create(_options)).AddManifestAsync(
            _model, new MemoryStream("{}"u8.ToArray()), CancellationToken.None)).Value;

        Assert.Null(files.OnnxPath);
        Assert.Equal("{}", await File.ReadAllTextAsync(files.ManifestPath));
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

    private async Task AssertRefusedAsync(Stream archive, ErrorCode code, string message)
    {
        var refusal = (await AddAsync(archive)).Refusal;

        Assert.Equal(code, refusal?.Code);
        Assert.Contains(message, refusal!.Message, StringComparison.Ordinal);
        AssertNothingLeft(0);
    }

    private void AssertNothingLeft(int kept) =>
        Assert.Equal(kept, Directory.GetDirectories(Path.Combine(_root, "artifacts")).Length);

    private Task<Outcome<ModelFiles>> AddAsync(Stream archive) =>
        new ArtifactFolder(Options.Create(_options)).AddArchiveAsync(_model, archive, CancellationToken.None);
}
