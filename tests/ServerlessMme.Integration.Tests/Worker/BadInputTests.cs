using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Worker;

/// <summary>Bad input gets its error code, and the worker labels a good image after each one.</summary>
public sealed class BadInputTests(BadInputTests.RunningWorker running) : IClassFixture<BadInputTests.RunningWorker>
{
    private const int Timeout = 120_000;
    private const string Manifest = """{"labels":["a","b"],"input":{"width":32,"height":32}}""";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly StorageFixture _storage = running.Storage;

    [Theory(Timeout = Timeout)]
    [InlineData("empty.jpg", "EmptyImage")]
    [InlineData("text.jpg", "NotAnImage")]
    [InlineData("half.jpg", "TruncatedImage")]
    [InlineData("huge.png", "TooManyPixels")]
    [InlineData("large.jpg", "ImageTooLarge")]
    public async Task A_bad_image_gets_its_code(string name, string code)
    {
        await _storage.DropAsync(_storage.Cifar, name, BinaryData.FromBytes(BadImage(name)));

        using var label = await _storage.LabelAsync(_storage.Cifar, name, Long);

        Assert.Equal(code, LabelError.CodeOf(label.RootElement));
        var message = label.RootElement.GetProperty("error").GetProperty("message").GetString()!;
        Assert.Contains(name, message, StringComparison.Ordinal);
        await SchemaCheck.AssertAsync("label", label.RootElement.GetRawText());
        await running.AssertAliveAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_container_without_a_model_says_how_to_publish_one()
    {
        var model = ModelName.Parse("nobody").Value;
        await _storage.DropAsync(model, "a.jpg", BinaryData.FromString("x"));

        using var label = await _storage.LabelAsync(model, "a.jpg", Long);

        Assert.Equal("ModelNotFound", LabelError.CodeOf(label.RootElement));
        Assert.Contains("mme models push", label.RootElement.GetRawText(), StringComparison.Ordinal);
        await running.AssertAliveAsync();
    }

    [Theory(Timeout = Timeout)]
    [InlineData("no-manifest", null, "onnx", "InvalidArtifact")]
    [InlineData("bad-labels", """{"labels":7,"input":{"width":32,"height":32}}""", "onnx", "InvalidManifest")]
    [InlineData("no-onnx", Manifest, "This is no ONNX file.", "InvalidModel")]
    public async Task A_bad_artifact_gets_its_code(string name, string? manifest, string onnx, string code)
    {
        var model = ModelName.Parse(name).Value;
        await PublishAsync(model, Pack(manifest, onnx));
        await _storage.DropAsync(model, "a.jpg", BinaryData.FromString("x"));

        using var label = await _storage.LabelAsync(model, "a.jpg", Long);

        Assert.Equal(code, LabelError.CodeOf(label.RootElement));
        await SchemaCheck.AssertAsync("label", label.RootElement.GetRawText());
        await running.AssertAliveAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_manifest_with_another_number_of_labels_than_scores_is_refused()
    {
        var model = ModelName.Parse("two-labels").Value;
        var onnx = await File.ReadAllBytesAsync(Repository.PathOf("models", "cifar10", "model.onnx"));
        await PublishAsync(model, Pack(Manifest, onnx));
        await _storage.DropAsync(model, "a.jpg", BinaryData.FromString("x"));

        using var label = await _storage.LabelAsync(model, "a.jpg", Long);

        Assert.Equal("InvalidModel", LabelError.CodeOf(label.RootElement));
        await running.AssertAliveAsync();
    }

    [Theory(Timeout = Timeout)]
    [InlineData("hello", "InvalidMessage")]
    [InlineData("bm90IGpzb24=", "InvalidMessage")]
    [InlineData("""{"model":"cifar10","images":["../models/cifar10.tar.gz"]}""", "InvalidImageName")]
    [InlineData("""{"model":"cifar10","images":["a\u0007b"]}""", "InvalidImageName")]
    [InlineData("""{"model":"cifar10","images":["%2e%2e/x"]}""", "InvalidImageName")]
    [InlineData("[nesting]", "InvalidMessage")]
    [InlineData("[long name]", "InvalidImageName")]
    public async Task A_bad_message_goes_to_poison_with_its_reason(string message, string code)
    {
        message = message
            .Replace("[nesting]", new string('[', 60_000), StringComparison.Ordinal)
            .Replace("[long name]", $$"""{"model":"cifar10","images":["{{new string('n', 1024)}}"]}""", StringComparison.Ordinal);
        await _storage.Account.Classify.SendMessageAsync(message);

        var reason = await Eventually.GetAsync(Long, "reason", async () =>
        {
            var digest = MessageDigest.Of(Encoding.UTF8.GetBytes(message));
            var blob = _storage.Account.Jobs.GetBlobClient(PoisonWriter.ReasonName(digest));
            return await blob.ExistsAsync()
                ? JsonDocument.Parse((await blob.DownloadContentAsync()).Value.Content)
                : null;
        });

        Assert.Equal(code, reason.RootElement.GetProperty("reasons")[0].GetProperty("code").GetString());
        Assert.Equal(message, reason.RootElement.GetProperty("originalMessage").GetString());
        await Eventually.GetAsync<object>(Long, "poison message", async () =>
            (await _storage.Account.Poison.PeekMessagesAsync(32)).Value.Any(m => m.Body.ToString() == message)
                ? message : null);
        await running.AssertAliveAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_with_one_bad_name_labels_the_others()
    {
        var content = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await _storage.DropAsync(_storage.Cifar, "beside.jpg", content);
        await _storage.Account.Classify.SendMessageAsync(
            """{"model":"cifar10","images":["../x","beside.jpg","gone.jpg"]}""");

        using var good = await _storage.LabelAsync(_storage.Cifar, "beside.jpg", Long);
        using var gone = await _storage.LabelAsync(_storage.Cifar, "gone.jpg", Long);

        Assert.Null(LabelError.CodeOf(good.RootElement));
        Assert.Equal("ImageNotFound", LabelError.CodeOf(gone.RootElement));
    }

    private Task PublishAsync(ModelName model, MemoryStream artifact) =>
        _storage.Account.Models.GetBlobClient($"{model}.tar.gz").UploadAsync(artifact, overwrite: true);

    private static MemoryStream Pack(string? manifest, string onnx) => Pack(manifest, Encoding.UTF8.GetBytes(onnx));

    private static MemoryStream Pack(string? manifest, byte[] onnx)
    {
        var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            if (manifest is not null)
            {
                tar.WriteEntry(Entry("model.json", Encoding.UTF8.GetBytes(manifest)));
            }

            tar.WriteEntry(Entry("model.onnx", onnx));
        }

        archive.Position = 0;
        return archive;

        static PaxTarEntry Entry(string name, byte[] content) =>
            new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };
    }

    private static byte[] BadImage(string name) => name switch
    {
        "empty.jpg" => [],
        "text.jpg" => "This is no image."u8.ToArray(),
        "half.jpg" => Half(Repository.CifarImages.First(file => file.EndsWith(".jpg", StringComparison.Ordinal))),
        "huge.png" => HugePng(),
        _ => new byte[(20 << 20) + 1],
    };

    private static byte[] Half(string file) => File.ReadAllBytes(file) is var all ? all[..(all.Length / 2)] : [];

    /// <summary>A PNG header that promises 60,000 × 60,000 pixels.</summary>
    private static byte[] HugePng()
    {
        byte[] header =
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R',
            0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0,
        ];
        var crc = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32(header.AsSpan(12)));
        return [.. header, .. crc, 0, 0, 0, 0, (byte)'I', (byte)'D', (byte)'A', (byte)'T'];
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }

    /// <summary>One worker for the class: if bad input stops it, the tests after it fail.</summary>
    public sealed class RunningWorker : IAsyncLifetime
    {
        private MmeProcess _worker = null!;
        private int _drops;

        public StorageFixture Storage { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Storage.InitializeAsync();
            _worker = MmeProcess.Start(Storage.Connection, "worker");
            await _worker.ListeningAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _worker.DisposeAsync();
            await Storage.DisposeAsync();
        }

        /// <summary>Drops a good image, and waits for its label.</summary>
        internal async Task AssertAliveAsync()
        {
            var name = $"alive/{Interlocked.Increment(ref _drops)}.jpg";
            var content = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
            await Storage.DropAsync(Storage.Cifar, name, content);
            using var label = await Storage.LabelAsync(Storage.Cifar, name, Long);
            Assert.Equal("airplane", label.RootElement.GetProperty("label").GetString());
        }
    }
}
