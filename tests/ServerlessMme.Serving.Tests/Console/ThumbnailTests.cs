using System.Net;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class ThumbnailTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task A_drop_is_shown_decoded_and_encoded_again()
    {
        byte[] dropped = [.. await File.ReadAllBytesAsync(Repository.CifarImages[0]), .. "<script>hidden</script>"u8];
        var etag = await _data.DropAsync("<b>.jpg", dropped);

        var answer = await GetAsync("<b>.jpg");

        Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (answer.Status, answer.Type));
        Assert.Equal([0xFF, 0xD8, 0xFF], answer.Body.Take(3));
        Assert.True(answer.Body.AsSpan().IndexOf("hidden"u8) < 0);
        Assert.Equal($"\"{etag}\"", answer.Header("ETag"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Contains("private", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task A_version_that_the_browser_has_is_not_decoded_again()
    {
        var etag = await _data.DropAsync("a.jpg", await File.ReadAllBytesAsync(Repository.CifarImages[0]));

        var same = await GetAsync("a.jpg", ("If-None-Match", $"\"{etag}\""));
        var other = await GetAsync("a.jpg", ("If-None-Match", "\"0x0\""));

        Assert.Equal((HttpStatusCode.NotModified, 0), (same.Status, same.Body.Length));
        Assert.Equal(HttpStatusCode.OK, other.Status);
    }

    [Fact]
    public async Task What_is_no_image_is_refused_with_the_reason_and_never_sent()
    {
        await _data.DropAsync("page.jpg", "<html><script>alert(1)</script>"u8.ToArray());
        await _data.DropAsync("drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"u8.ToArray());

        foreach (var image in new[] { "page.jpg", "drawing.svg" })
        {
            var answer = await GetAsync(image);
            Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/json"), (answer.Status, answer.Type));
        }
    }

    [Fact]
    public async Task An_image_above_the_limits_is_refused_from_its_header()
    {
        // A PNG header of 60,000 × 60,000 pixels.
        byte[] png =
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
            0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0, 0x0F, 0xB0, 0xE2, 0x15,
        ];
        await _data.DropAsync("huge.png", png);

        var answer = await GetAsync("huge.png");

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TooManyPixels"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Missing_images_and_archives_have_no_thumbnail()
    {
        Assert.Equal((HttpStatusCode.NotFound, "ImageNotFound"), Of(await GetAsync("nothing.jpg")));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "IsArchive"), Of(await GetAsync("a.zip")));
    }

    [Fact]
    public async Task A_models_container_is_the_only_one_that_is_read()
    {
        // Both exist, but neither is a model's container of drops.
        await azurite.Account.Models.GetBlobClient("secret.jpg").UploadAsync(
            BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0])), overwrite: true);

        Assert.Equal((HttpStatusCode.NotFound, "ImageNotFound"), Of(await _console.GetAsync(
            "/console/api/thumbs/models?image=secret.jpg")));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidImageName"), Of(await _console.GetAsync(
            $"/console/api/thumbs/{_data.Model}?image=..%2Fmodels%2Fsecret.jpg")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("161")]
    [InlineData("100000")]
    [InlineData("x")]
    public async Task Other_sizes_are_refused(string size)
    {
        var answer = await _console.GetAsync($"/console/api/thumbs/{_data.Model}?image=a.jpg&size={size}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    private static (HttpStatusCode, string?) Of(ConsoleAnswer answer) => (answer.Status, answer.Code);

    private Task<ConsoleAnswer> GetAsync(string image, params (string Name, string Value)[] headers) =>
        _console.SendAsync(
            HttpMethod.Get, $"/console/api/thumbs/{_data.Model}?image={Uri.EscapeDataString(image)}&size=160", null,
            [("Cookie", _console.Cookie), .. headers]);
}
