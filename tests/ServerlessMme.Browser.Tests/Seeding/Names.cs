using ServerlessMme.Core.Models;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>Published names of the account.</summary>
internal static class Names
{
    /// <summary>A model with 3,000 images, some refused, some answered differently by the version before.</summary>
    public static readonly ModelName Photos = ModelName.Parse("photos").Value;

    /// <summary>A model to drop images into, and to switch an alias to.</summary>
    public static readonly ModelName PhotosNext = ModelName.Parse("photos-next").Value;

    /// <summary>A model with a few images.</summary>
    public static readonly ModelName Signs = ModelName.Parse("signs").Value;

    /// <summary>The group of <see cref="Photos"/> and <see cref="Signs"/>.</summary>
    public static readonly ModelName Topics = ModelName.Parse("topics").Value;

    /// <summary>Aliases of <see cref="Photos"/> without images. <see cref="PhotosNext"/> has run beside them.</summary>
    public static readonly ModelName[] Aliases = [ModelName.Parse("live").Value, ModelName.Parse("stage").Value];

    /// <summary>A model whose labels, images and answers try to break the page.</summary>
    public static readonly ModelName Hostile = ModelName.Parse("hostile").Value;
}
