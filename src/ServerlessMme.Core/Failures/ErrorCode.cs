namespace ServerlessMme.Core.Failures;

/// <summary>Why something was refused. A closed list: every code has a paragraph in docs/error-codes.md.</summary>
public enum ErrorCode
{
    /// <summary>The message on the queue cannot be read as any of the forms in docs/contracts.md.</summary>
    InvalidMessage,

    /// <summary>The model's name does not have the form that storage containers need.</summary>
    InvalidModelName,

    /// <summary>The image's name cannot be addressed safely, or its label's name would be too long.</summary>
    InvalidImageName,

    /// <summary>No artifact is published under the model's name.</summary>
    ModelNotFound,

    /// <summary>The model's name is an alias that names itself, another alias, or no model at all.</summary>
    InvalidAlias,

    /// <summary>The artifact is not a readable archive with model.json and model.onnx at its root.</summary>
    InvalidArtifact,

    /// <summary>The artifact is larger than the limits allow.</summary>
    ArtifactTooLarge,

    /// <summary>The manifest model.json breaks its schema.</summary>
    InvalidManifest,

    /// <summary>The ONNX file cannot be loaded, or is not what the manifest says.</summary>
    InvalidModel,

    /// <summary>The model takes more memory than all models together may.</summary>
    ModelTooLarge,

    /// <summary>The machine has too little free memory to load the model.</summary>
    OutOfMemory,

    /// <summary>The manifest names a backend that this application was not given.</summary>
    BackendNotAvailable,

    /// <summary>The image is not in its container.</summary>
    ImageNotFound,

    /// <summary>The image has no bytes.</summary>
    EmptyImage,

    /// <summary>The bytes are no image of a known format.</summary>
    NotAnImage,

    /// <summary>The bytes are an image of a format that is not decoded here.</summary>
    UnsupportedFormat,

    /// <summary>The image ends before its last pixel, or is damaged.</summary>
    TruncatedImage,

    /// <summary>The image has more bytes than the limit.</summary>
    ImageTooLarge,

    /// <summary>The image has more pixels than the limit.</summary>
    TooManyPixels,

    /// <summary>The image has another size than the model takes, and its manifest allows no resizing.</summary>
    WrongSize,

    /// <summary>The drop is called an archive, and is none of that format.</summary>
    NotAnArchive,

    /// <summary>The archive breaks off, or cannot be read further; what comes before is answered.</summary>
    DamagedArchive,

    /// <summary>The archive has more entries than the limit; those before are answered.</summary>
    TooManyEntries,

    /// <summary>The archive unpacks to more bytes than the limit; what comes before is answered.</summary>
    ArchiveTooLarge,

    /// <summary>The archive unpacks to a greater multiple of its size than the limit.</summary>
    ArchiveTooDense,

    /// <summary>The archive's entry is encrypted.</summary>
    EncryptedEntry,

    /// <summary>The archive's entry does not have the checksum that the archive says.</summary>
    DamagedEntry,

    /// <summary>The model could not be run on this image, or answered with scores that are no numbers.</summary>
    InferenceFailed,

    /// <summary>The remote endpoint refused the request: AWS's code and message follow.</summary>
    EndpointRefused,

    /// <summary>The model behind the endpoint answered with an error of its own for this image.</summary>
    EndpointModelFailed,

    /// <summary>The endpoint answered with something that is not the model's scores.</summary>
    EndpointAnswerInvalid,

    /// <summary>The image, or its tensor as text, is longer than an endpoint takes in one call.</summary>
    EndpointRequestTooLarge,
}
