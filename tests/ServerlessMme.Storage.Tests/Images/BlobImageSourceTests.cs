using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Images;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Storage.Tests.Images;

public sealed class BlobImageSourceTests
{
    private readonly AzuriteFixture _azurite;
    private readonly WorkingMemory _memory;
    private readonly BlobImageSource _source;

    public BlobImageSourceTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        _memory = AmpleMemory.Create();
        _source = new(azurite.Account, _memory, Options.Create(new ImageOptions { MaxBytes = 1000 }));
    }

    [Fact]
    public async Task An_image_holds_its_memory_until_it_is_disposed()
    {
        var model = await _azurite.CreateModelAsync();
        await PutAsync(model, "plane.jpg", "bytes");

        var fetched = await _source.FetchAsync(model, "plane.jpg", null, CancellationToken.None);

        Assert.Equal(1024, _memory.Images.UsedBytes);
        fetched.Image!.Dispose();
        AmpleMemory.AssertUnused(_memory);
    }

    [Fact]
    public async Task Images_that_are_not_read_hold_nothing()
    {
        var model = await _azurite.CreateModelAsync();
        await PutAsync(model, "large.jpg", new string('x', 1001));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.NotNull((await _source.FetchAsync(model, "large.jpg", null, CancellationToken.None)).Refusal);
        Assert.NotNull((await _source.FetchAsync(model, "gone.jpg", null, CancellationToken.None)).Refusal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _source.FetchAsync(model, "large.jpg", null, cancelled.Token));

        AmpleMemory.AssertUnused(_memory);
    }

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
        var model = await _azurite.CreateModelAsync();
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
        var model = await _azurite.CreateModelAsync();
        var name = new string('n', ImageName.MaxLength);
        await PutAsync(model, name, "x");

        using var image = (await _source.FetchAsync(model, name, null, CancellationToken.None)).Image;

        Assert.Equal(("x", name), (Encoding.UTF8.GetString(image!.Bytes.Span), image.Reference.Name));
    }

    [Fact]
    public async Task An_image_that_still_has_the_version_is_not_read()
    {
        var model = await _azurite.CreateModelAsync();
        await PutAsync(model, "a", "1");
        var first = await _source.FetchAsync(model, "a", null, CancellationToken.None);

        Assert.True((await _source.FetchAsync(model, "a", first.Reference.ETag, CancellationToken.None)).IsUnchanged);

        await PutAsync(model, "a", "2");
        Assert.False((await _source.FetchAsync(model, "a", first.Reference.ETag, CancellationToken.None)).IsUnchanged);
    }

    [Fact]
    public async Task A_missing_image_is_refused()
    {
        var model = await _azurite.CreateModelAsync();

        var fetched = await _source.FetchAsync(model, "gone.jpg", null, CancellationToken.None);

        Assert.Equal(ErrorCode.ImageNotFound, fetched.Refusal?.Code);
        Assert.Null(fetched.Reference.ETag);
    }

    [Fact]
    public async Task A_too_large_image_is_refused_with_its_version()
    {
        var model = await _azurite.CreateModelAsync();
        await PutAsync(model, "big", new string('x', 1001));

        var fetched = await _source.FetchAsync(model, "big", null, CancellationToken.None);

        Assert.Equal(ErrorCode.ImageTooLarge, fetched.Refusal?.Code);
        Assert.Equal(1001, fetched.Reference.Bytes);
        Assert.NotNull(fetched.Reference.ETag);
    }

    [Fact]
    public async Task An_empty_image_is_handed_on()
    {
        var model = await _azurite.CreateModelAsync();
        await PutAsync(model, "empty", "");

        using var image = (await _source.FetchAsync(model, "empty", null, CancellationToken.None)).Image;

        Assert.Equal(0, image!.Bytes.Length);
    }

    private Task PutAsync(ModelName model, string name, string content) =>
        _azurite.Account.ImagesOf(model).GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true);
}
