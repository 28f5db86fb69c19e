using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>Entries of archives, which have labels but no blobs of their own.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ArchiveEntryTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Theory]
    [InlineData("a.zip")]
    [InlineData("dir/a.tar")]
    [InlineData("a.tar.gz")]
    public async Task An_entry_is_shown_with_its_archives_version(string archive)
    {
        var etag = await _data.DropAsync(archive, await PackAsync(archive));

        var shown = await GetAsync($"{archive}/photos/<b>.jpg");
        var unchanged = await GetAsync($"{archive}/photos/<b>.jpg", ("If-None-Match", $"\"{etag}\""));

        Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (shown.Status, shown.Type));
        Assert.Equal([0xFF, 0xD8, 0xFF], shown.Body.Take(3));
        Assert.Equal($"\"{etag}\"", shown.Header("ETag"));
        Assert.Equal((HttpStatusCode.NotModified, 0), (unchanged.Status, unchanged.Body.Length));
    }

    [Fact]
    public async Task An_entry_that_is_missing_or_no_image_is_refused()
    {
        await _data.DropAsync("a.zip", await PackAsync("a.zip"));
        await _data.DropAsync("broken.zip", (await PackAsync("a.zip"))[..200]);
        await _data.DropAsync("text.zip", "no archive"u8.ToArray());

        Assert.Equal((HttpStatusCode.NotFound, "ImageNotFound"), Of(await GetAsync("a.zip/other.jpg")));
        Assert.Equal((HttpStatusCode.NotFound, "ImageNotFound"), Of(await GetAsync("none.zip/a.jpg")));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "NotAnImage"), Of(await GetAsync("a.zip/page.html")));
        Assert.Equal(
            (HttpStatusCode.UnsupportedMediaType, "DamagedArchive"), Of(await GetAsync("broken.zip/photos/<b>.jpg")));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "NotAnArchive"), Of(await GetAsync("text.zip/a.jpg")));
    }

    [Fact]
    public async Task An_image_in_a_folder_that_is_named_like_an_archive_is_shown()
    {
        var etag = await _data.DropAsync("a.zip/b.jpg", await File.ReadAllBytesAsync(Repository.CifarImages[0]));

        var shown = await GetAsync("a.zip/b.jpg");

        Assert.Equal((HttpStatusCode.OK, $"\"{etag}\""), (shown.Status, shown.Header("ETag")));
    }

    [Fact]
    public async Task An_entry_is_reviewed_like_an_image_unless_its_name_cannot_be_stored()
    {
        await _data.AnswerArchiveAsync("a.zip", ("1.jpg", "ship"), ("../2.jpg", "ship"), ("dir/3.jpg", "cat"));
        var truth = $"/console/api/truth/{_data.Model}";
        var first = (await _console.GetAsync($"{truth}/next")).Json;

        var right = await PutAsync($"{truth}?image=a.zip%2F1.jpg", "ship");
        var wrong = await PutAsync($"{truth}?image=a.zip%2Fdir%2F3.jpg", "dog");
        var rest = (await _console.GetAsync($"{truth}/next")).Json;

        Assert.Equal("a.zip/1.jpg,a.zip/dir/3.jpg", Images(first));
        Assert.Equal("1/1", right);
        Assert.Equal("1/2", wrong);
        Assert.Equal("", Images(rest));
        Assert.True(await azurite.Account.TruthOf(_data.Model).GetBlobClient("a.zip/1.jpg.json").ExistsAsync(
            TestContext.Current.CancellationToken));
    }

    private static (HttpStatusCode, string?) Of(ConsoleAnswer answer) => (answer.Status, answer.Code);

    private static string Images(JsonElement page) => string.Join(
        ",", page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("image").GetString()));

    private static async Task<byte[]> PackAsync(string archive)
    {
        (string Name, byte[] Content)[] entries =
        [
            ("page.html", "<script>alert(1)</script>"u8.ToArray()),
            ("photos/<b>.jpg", await File.ReadAllBytesAsync(Repository.CifarImages[0])),
        ];
        using var buffer = new MemoryStream();
        if (archive.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        else
        {
            await using var packed = archive.EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true)
                : (Stream)buffer;
            await using var tar = new TarWriter(packed, leaveOpen: true);
            foreach (var (name, content) in entries)
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(content),
                });
            }
        }

        return buffer.ToArray();
    }

    private async Task<string> PutAsync(string path, string label)
    {
        var accuracy = (await _console.SendAsync(HttpMethod.Put, path, $"{{\"label\":\"{label}\"}}")).Json
            .GetProperty("accuracy");
        return $"{accuracy.GetProperty("right")}/{accuracy.GetProperty("of")}";
    }

    private Task<ConsoleAnswer> GetAsync(string image, params (string Name, string Value)[] headers) =>
        _console.SendAsync(
            HttpMethod.Get, $"/console/api/thumbs/{_data.Model}?image={Uri.EscapeDataString(image)}", null,
            [("Cookie", _console.Cookie), .. headers]);
}
