namespace ServerlessMme.Core.Failures;

/// <summary>Why something was refused. The list is closed: docs/error-codes.md explains every code.</summary>
public enum ErrorCode
{
    /// <summary>The queue message matches none of the forms in docs/contracts.md.</summary>
    InvalidMessage,

    /// <summary>The model's name doesn't have the form that container names require.</summary>
    InvalidModelName,

    /// <summary>The image's name cannot be addressed safely, or its label's name would be too long.</summary>
    InvalidImageName,

    /// <summary>No artifact is published under the model's name.</summary>
    ModelNotFound,

    /// <summary>The alias is malformed, or names itself or another alias.</summary>
    InvalidAlias,

    /// <summary>The group is malformed, or has no members, too many, a duplicate, or a group among them.</summary>
    InvalidGroup,

    /// <summary>The name is a group's, but a single model is needed.</summary>
    ModelIsGroup,

    /// <summary>The artifact is not a readable archive with model.json and model.onnx at its root.</summary>
    InvalidArtifact,

    /// <summary>The artifact exceeds a size limit, packed or unpacked.</summary>
    ArtifactTooLarge,

    /// <summary>The manifest model.json is invalid.</summary>
    InvalidManifest,

    /// <summary>The ONNX file cannot be loaded, or doesn't match the manifest.</summary>
    InvalidModel,

    /// <summary>The model alone needs more memory than the budget for all models.</summary>
    ModelTooLarge,

    /// <summary>The machine has too little free memory to load the model.</summary>
    OutOfMemory,

    /// <summary>The manifest names a backend that this application doesn't have.</summary>
    BackendNotAvailable,

    /// <summary>The image is not in its container.</summary>
    ImageNotFound,

    /// <summary>The image has no bytes.</summary>
    EmptyImage,

    /// <summary>The bytes are not an image in a known format.</summary>
    NotAnImage,

    /// <summary>The image is in a known format that is not supported.</summary>
    UnsupportedFormat,

    /// <summary>The image ends before its last pixel, or is damaged.</summary>
    TruncatedImage,

    /// <summary>The image has more bytes than the limit.</summary>
    ImageTooLarge,

    /// <summary>The image has more pixels than the limit.</summary>
    TooManyPixels,

    /// <summary>The image's size differs from the model's input, and the manifest allows no resizing.</summary>
    WrongSize,

    /// <summary>The drop has an archive's name, but not its format.</summary>
    NotAnArchive,

    /// <summary>The archive ends early or is damaged. Entries before that are answered.</summary>
    DamagedArchive,

    /// <summary>The archive has more entries than the limit. Entries before that are answered.</summary>
    TooManyEntries,

    /// <summary>The archive unpacks to more bytes than the limit. Entries before that are answered.</summary>
    ArchiveTooLarge,

    /// <summary>The archive's ratio of unpacked to packed size exceeds the limit.</summary>
    ArchiveTooDense,

    /// <summary>The archive entry is encrypted.</summary>
    EncryptedEntry,

    /// <summary>The archive entry doesn't match its checksum.</summary>
    DamagedEntry,

    /// <summary>The model failed on this image, or returned scores that are not numbers.</summary>
    InferenceFailed,

    /// <summary>The remote endpoint refused the request. The message quotes AWS's code and message.</summary>
    EndpointRefused,

    /// <summary>The model behind the endpoint returned an error for this image.</summary>
    EndpointModelFailed,

    /// <summary>The endpoint returned something other than the model's scores.</summary>
    EndpointAnswerInvalid,

    /// <summary>The image, or its tensor as text, is larger than an endpoint accepts per call.</summary>
    EndpointRequestTooLarge,
}
