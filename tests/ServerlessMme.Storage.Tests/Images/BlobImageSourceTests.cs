using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Images;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Images;

public sealed class BlobImageSourceTests(AzuriteFixture azurite)
{
    private readonly BlobImageSource _source =
        new(azurite.Account, Options.Create(new ImageOptions { MaxBytes = 1000 }));

    [Theory]
    [InlineData("plane.jpg")]
    [InlineData("holiday/plane 1.jpg")]
    [InlineData("flugzeug-über-köln.jpg")]
    [InlineData("飛行機/✈.png")]
    [InlineData("100 % sure?#&+.png")]
    [InlineData("a%20b.jpg")]
    [InlineData("a//b.jpg")]
    public async Task An_image_is_read_whatever_it_is_called(string name)
    {
        var model = await azurite.CreateModelAsync();
        await PutAsync(model, name, "bytes");

        var fetched = await _source.FetchAsync(model, name, null, CancellationToken.None);

        Assert.Equal("bytes"u8, fetched.Image!.Bytes.Span);
        Assert.Equal((model.ImagesContainer, name, 5), (
            fetched.Reference.Container, fetched.Reference.Name, fetched.Reference.Bytes));
        Assert.Equal([name], await _source.ListAsync(model, "", CancellationToken.None).ToListAsync());
        fetched.Image.Dispose();
    }

    [Fact]
    public async Task The_longest_name_is_read()
    {
        var model = await azurite.CreateModelAsync();
        var name = new string('n', ImageName.MaxLength);
        await PutAsync(model, name, "x");

        using var image = (await _source.FetchAsync(model, name, null, CancellationToken.None)).Image;

        Assert.Equal(("x", name), (Encoding.UTF8.GetString(image!.Bytes.Span), image.Reference.Name));
    }

    [Fact]
    public async Task An_image_that_still_has_the_version_is_not_read()
    {
        var model = await azurite.CreateModelAsync();
        await PutAsync(model, "a", "1");
        var first = await _source.FetchAsync(model, "a", null, CancellationToken.None);

        Assert.True((await _source.FetchAsync(model, "a", first.Reference.ETag, CancellationToken.None)).IsUnchanged);

        await PutAsync(model, "a", "2");
        Assert.False((await _source.FetchAsync(model, "a", first.Reference.ETag, CancellationToken.None)).IsUnchanged);
    }

    [Fact]
    public async Task A_missing_image_is_refused()
    {
        var model = await azurite.CreateModelAsync();

        var fetched = await _source.FetchAsync(model, "gone.jpg", null, CancellationToken.None);

        Assert.Equal(ErrorCode.ImageNotFound, fetched.Refusal?.Code);
        Assert.Null(fetched.Reference.ETag);
    }

    [Fact]
    public async Task A_too_large_image_is_refused_with_its_version()
    {
        var model = await azurite.CreateModelAsync();
        await PutAsync(model, "big", new string('x', 1001));

        var fetched = await _source.FetchAsync(model, "big", null, CancellationToken.None);

        Assert.Equal(ErrorCode.ImageTooLarge, fetched.Refusal?.Code);
        Assert.Equal(1001, fetched.Reference.Bytes);
        Assert.NotNull(fetched.Reference.ETag);
    }

    [Fact]
    public async Task An_empty_image_is_handed_on()
    {
        var model = await azurite.CreateModelAsync();
        await PutAsync(model, "empty", "");

        using var image = (await _source.FetchAsync(model, "empty", null, CancellationToken.None)).Image;

        Assert.Equal(0, image!.Bytes.Length);
    }

    private Task PutAsync(ModelName model, string name, string content) =>
        azurite.Account.ImagesOf(model).GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true);
}
